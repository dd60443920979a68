// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"

#include "core/address.h"

using namespace gate25;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	const auto text = fuzz::text_of(data, size);
	if (const auto address = Address::parse(text))
		fuzz::require(Address::parse(address->text()) == *address, "an address can be read back");
	if (const auto prefix = Prefix::parse(text)) {
		fuzz::require(Prefix::parse(prefix->text()) == *prefix, "a prefix can be read back");
		fuzz::require(prefix->contains(prefix->first()) && prefix->contains(prefix->last()),
		              "a prefix holds its ends");
	}
	return 0;
}
