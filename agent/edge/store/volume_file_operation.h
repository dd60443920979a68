// SPDX-License-Identifier: GPL-2.0-or-later
//
// For the files that make up VolumeTables.
#pragma once

#include "edge/store/volume_file_tables.h"

#include <algorithm>
#include <iterator>

namespace gate25 {

template <class Operation> auto VolumeTables::on_file(Operation operation) -> decltype(operation()) {
	if (auto is_ready = ready(); !is_ready) return fail(is_ready.error());
	database_->clear_fault();
	auto result = operation();
	if (result || database_->last_fault() != sql::Fault::damaged) return result;
	if (auto moved = move_aside(result.error().text); !moved) return fail(moved.error());
	if (auto is_ready = ready(); !is_ready) return fail(is_ready.error());
	return operation();
}

// As keys stand in the table of chunks.
class StoredKey17 {
public:
	explicit StoredKey17(const VolumeKey& key) {
		bytes_[0] = key.kind();
		std::ranges::copy(key.bytes(), std::next(bytes_.begin()));
	}
	std::span<const std::uint8_t> blob() const { return bytes_; }

private:
	std::array<std::uint8_t, 17> bytes_{};
};

} // namespace gate25
