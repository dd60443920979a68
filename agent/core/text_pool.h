// SPDX-License-Identifier: GPL-2.0-or-later
//
// Texts that many values share, each kept once and counted. Number 0 is the empty text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gate25 {

class TextPool {
public:
	using Id = std::uint32_t;
	Id add(std::string_view text);
	void release(Id id);
	const std::string& text(Id id) const { return *slots_[id].text; }
	TextPool() {
		slots_.push_back({&empty_, 1});
	}
	TextPool(const TextPool&) = delete;
	TextPool& operator=(const TextPool&) = delete;

private:
	struct Slot {
		const std::string* text = nullptr; // the key in ids_, which does not move
		std::uint32_t users = 0;
	};
	const std::string empty_;
	std::unordered_map<std::string, Id> ids_;
	std::vector<Slot> slots_;
	std::vector<Id> free_;
};

} // namespace gate25
