// SPDX-License-Identifier: GPL-2.0-or-later
//
// PGP/MIME taken apart: what a signature is said to be over holds nothing that the mail does not hold, in the form
// that RFC 3156 signs. The signed part is then read as a report.
#include "fuzz.h"

#include "wire/report.h"
#include "wire/signed_mail.h"

#include <algorithm>
#include <string>

using namespace gate25;

namespace {

bool has_bare_newline(std::string_view text) {
	for (auto at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1))
		if (at == 0 || text[at - 1] != '\r') return true;
	return false;
}

std::string without_returns(std::string_view text) {
	std::string out(text);
	std::erase(out, '\r');
	return out;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
	const auto text = fuzz::text_of(data, size);
	const auto is_signed = is_signed_mail(text, true);
	fuzz::require(is_signed.has_value(), "all of a text is enough");
	// The beginning either says the same, or that more is needed.
	const auto early = is_signed_mail(text.substr(0, size / 2), false);
	fuzz::require(!early || *early || !*is_signed, "whom the beginning calls unsigned is not signed");
	const auto opened = open_signed_mail(text);
	if (!opened) {
		fuzz::require(!opened.error().text.empty(), "an error says something");
		fuzz::check_utf8(opened.error().text);
		return 0;
	}
	fuzz::require(!has_bare_newline(opened->content), "lines end as they are signed");
	fuzz::require(without_returns(text).find(without_returns(opened->content)) != std::string::npos,
	              "what is signed stands in the mail");
	fuzz::check(read_signed_report(opened->content));
	return 0;
}
