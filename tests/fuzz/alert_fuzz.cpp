// SPDX-License-Identifier: GPL-2.0-or-later
//
// The body of POST /v1/alerts, which the process with privileges reads itself.
#include "fuzz.h"

#include "wire/requests.h"

using namespace gate25;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	const auto alert = parse_alert(fuzz::text_of(data, size));
	if (!alert) {
		fuzz::require(!alert.error().text.empty(), "an error says something");
		fuzz::check_utf8(alert.error().text);
		return 0;
	}
	fuzz::require(alert->reporter.size() <= 200, "a name is bounded");
	fuzz::require(alert->count >= 1, "something happened");
	fuzz::require(Address::parse(alert->address.text()) == alert->address, "an address can be read back");
	return 0;
}
