// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/open_file.h"

namespace gate25 {

Result<std::unique_ptr<StoreFile>> open_or_replace(const StateDirectory& directory, const BootId& boot,
                                                   std::string& warning) {
	auto fault = sql::Fault::none;
	auto opened = StoreFile::open(directory, boot, fault);
	if (opened || fault != sql::Fault::damaged) return opened;
	return replace_damaged(directory, boot, opened.error(), warning);
}

Result<std::unique_ptr<StoreFile>> replace_damaged(const StateDirectory& directory, const BootId& boot,
                                                   const Error& why, std::string& warning) {
	auto moved = directory.move_aside();
	if (!moved) return fail(moved.error());
	auto fault = sql::Fault::none;
	auto file = StoreFile::open(directory, boot, fault);
	if (!file) return file;
	const std::int64_t taken_over = (*file)->take_over(*moved);
	warning = why.text + "; moved aside to " + *moved + " and begun anew with " + std::to_string(taken_over) +
	          " decisions that could be read in it";
	return file;
}

} // namespace gate25
