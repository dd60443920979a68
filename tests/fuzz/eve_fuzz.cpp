// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"

#include "wire/eve.h"

#include <vector>

using namespace gate25;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	const auto facts = reports::JsonFacts::read(fuzz::text_of(data, size));
	if (!facts) return 0;
	auto report = reports::read_eve(*facts);
	if (!report) return 0;
	fuzz::check(*report);
	choose_subscriber(*report,
	                  std::vector{Prefix::parse("203.0.113.0/24").value(), Prefix::parse("2001:db8::/32").value()});
	fuzz::require(report->port != std::uint16_t{25}, "25 is no client's port, whichever end it is");
	return 0;
}
