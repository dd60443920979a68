// SPDX-License-Identifier: GPL-2.0-or-later
//
// Packets as the kernel hands them out: what is read does not hang on what comes behind it, nor on where it was cut.
#include "fuzz.h"

#include "wire/packet.h"

#include <vector>

using namespace gate25;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	// In a place of its own, so that a byte too far is seen.
	const std::vector<std::uint8_t> packet(data, data + size);
	const auto opening = opening_of(packet);
	if (!opening) return 0;
	fuzz::require(size >= 28, "nothing is shorter than an IP header and the numbers of TCP");
	const bool is_v4 = packet[0] >> 4 == 4;
	fuzz::require(!is_v4 || opening->source.family() == Family::ipv4, "the family of the packet");
	bool is_cut_off = true;
	for (std::size_t part = 0; part <= size; ++part) {
		const auto again = opening_of(std::span(packet).first(part));
		if (again) is_cut_off = false;
		fuzz::require(is_cut_off ? !again : again == opening, "the same from where it is complete on");
	}
	return 0;
}
