// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"

#include "wire/xarf.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	const auto facts = gate25::reports::JsonFacts::read(gate25::fuzz::text_of(data, size));
	if (!facts) return 0;
	// Both versions, whichever it calls itself.
	gate25::fuzz::check(gate25::reports::read_xarf3(*facts));
	gate25::fuzz::check(gate25::reports::read_xarf4(*facts));
	return 0;
}
