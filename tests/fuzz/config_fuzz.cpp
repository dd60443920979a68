// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"

#include "wire/config.h"

using namespace gate25;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	const auto read = read_config(fuzz::text_of(data, size));
	for (const auto& error : read.errors) {
		fuzz::require(!error_text("file", error).empty(), "an error says something");
		fuzz::check_utf8(error_text("file", error));
	}
	return 0;
}
