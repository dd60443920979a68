// SPDX-License-Identifier: GPL-2.0-or-later
//
// Questions of a mail server: what is read keeps its bounds, and whatever a text is, its answer is one line of ASCII.
#include "fuzz.h"

#include "wire/policy_request.h"

#include <string>

using namespace gate25;

namespace {

void check_answer(MailAnswer::Kind kind, std::string_view text) {
	const std::string answer = spell_policy_answer({kind, std::string(text)});
	fuzz::require(answer.starts_with("action=") && answer.ends_with("\n\n"), "an answer");
	fuzz::require(answer.find('\n') == answer.size() - 2, "one line");
	fuzz::require(answer.size() <= longest_policy_text + 30, "a bounded line");
	for (const char c : std::string_view(answer).substr(0, answer.size() - 2)) fuzz::require(c >= ' ' && c <= '~', "printable ASCII");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	const auto text = fuzz::text_of(data, size);
	const auto request = parse_policy_request(text);
	if (request) {
		fuzz::require(text.find('\0') == text.npos, "no NUL");
		fuzz::require(request->user.size() <= 255 && request->instance.size() <= 255, "bounded names");
		fuzz::require(request->recipients <= most_recipients, "a bounded count");
		fuzz::require(request->recipient.find('\n') == std::string::npos, "a recipient within its line");
	} else {
		fuzz::check_utf8(request.error().text);
	}
	for (const auto kind : {MailAnswer::Kind::pass, MailAnswer::Kind::defer, MailAnswer::Kind::reject}) check_answer(kind, text);
	return 0;
}
