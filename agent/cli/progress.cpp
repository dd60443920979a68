// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/progress.h"

#include "cli/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {

std::string progress_text(const Progress& progress, std::size_t width) {
	auto counts = grouped(progress.accepted) + " accepted";
	if (progress.refused > 0) counts += fmt::format(", {} refused", grouped(progress.refused));
	constexpr std::size_t around = 11; // "[", "] 100 %  " and the last column, which some terminals wrap at
	if (progress.bytes == 0 || width < counts.size() + around + 5) return cut(counts, width, "");
	const auto part = std::min(1.0, static_cast<double>(progress.bytes_read) / static_cast<double>(progress.bytes));
	const auto room = std::min<std::size_t>(40, width - counts.size() - around);
	const auto filled = static_cast<std::size_t>(part * static_cast<double>(room));
	return fmt::format("[{:#<{}}{:-<{}}] {:3} %  {}", "", filled, "", room - filled, static_cast<int>(part * 100),
	                   counts);
}

void ProgressLine::show(const Progress& progress) {
	if (!screen_.err_is_terminal) return;
	screen_.err << "\r\x1b[K" << progress_text(progress, screen_.width) << std::flush;
	is_shown_ = true;
}

void ProgressLine::clear() {
	if (is_shown_) screen_.err << "\r\x1b[K" << std::flush;
	is_shown_ = false;
}

} // namespace gate25::cli
