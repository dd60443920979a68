// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"

#include "wire/report.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	gate25::fuzz::check(gate25::read_mail_report(gate25::fuzz::text_of(data, size)));
	return 0;
}
