// SPDX-License-Identifier: GPL-2.0-or-later
//
// RFC 3339 times, durations, and the dates of mail.
#include "fuzz.h"

#include "core/time.h"
#include "wire/mime.h"

using namespace gate25;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	const auto text = fuzz::text_of(data, size);
	if (const auto time = parse_time(text))
		fuzz::require(parse_time(time_text(*time)) == *time, "a time can be read back");
	if (const auto date = mime::parse_date(text))
		fuzz::require(parse_time(time_text(*date)) == *date, "a date can be told");
	if (const auto duration = parse_duration(text)) {
		const auto again = parse_duration(duration_text(*duration));
		fuzz::require(again && *again == *duration, "a duration can be read back");
	}
	return 0;
}
