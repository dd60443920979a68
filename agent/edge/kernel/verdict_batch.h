// SPDX-License-Identifier: GPL-2.0-or-later
//
// The verdicts about one read of an NFQUEUE, to be sent together: one for each packet that is refused, in the
// order in which they were read, and then one for all others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gate25 {

// What a refused packet is marked with; rules know it too.
inline constexpr std::uint32_t refused_mark = 0x67323572; // "g25r"

class VerdictBatch {
public:
	// Of no more than so many packets.
	VerdictBatch(std::uint16_t queue, std::size_t most);
	void clear() { size_ = 0; }
	void refuse(std::uint32_t packet);
	// All that are in the queue up to this one.
	void accept_up_to(std::uint32_t packet);
	std::span<const char> bytes() const { return {bytes_.data(), size_}; }

private:
	void put(int type, std::uint32_t packet, bool is_marked);
	std::uint16_t queue_;
	std::vector<char> bytes_;
	std::size_t size_ = 0;
};

} // namespace gate25
