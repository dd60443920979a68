// SPDX-License-Identifier: GPL-2.0-or-later
//
// The machine's part, and after the first NUL the header of the enclosed mail.
#include "fuzz.h"

#include "wire/arf.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	const auto text = gate25::fuzz::text_of(data, size);
	const auto end = text.find('\0');
	gate25::reports::ArfMail mail{text.substr(0, end), std::nullopt, "<1@reporter.example>",
	                              "fbl@reporter.example"};
	if (end != text.npos) mail.enclosed = text.substr(end + 1);
	gate25::fuzz::check(gate25::reports::read_arf(mail));
	return 0;
}
