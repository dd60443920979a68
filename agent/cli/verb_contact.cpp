// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/request.h"
#include "cli/verbs.h"

#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

using boost::json::object;

void print(const Screen& screen, const object& contact) {
	const auto mail = text_at(contact, "mail"), language = text_at(contact, "language");
	screen.out << fmt::format("Notices to {} go {}, in {}.\n", text_at(contact, "subscriber"),
	                          mail.empty() ? "where mail_to of [notices] says" : "to " + mail,
	                          language.empty() ? "the language of [notices]" : language);
}

} // namespace

int contact(const Call& call) {
	const auto& words = call.words;
	const auto id = subscriber_id(words.argument(0));
	const auto target = Target("/v1/subscribers").part(id);
	if (words.has("clear") && (words.has("mail") || words.has("language")))
		return report(call, {usage, "usage", "contact: --clear takes all away; give it alone", {}});
	object body;
	if (words.has("clear")) body = {{"mail", nullptr}, {"language", nullptr}};
	put_text(body, words, "mail");
	put_text(body, words, "language");
	const bool is_question = body.empty();
	const auto answer = is_question ? call.api.call("GET", target.text(), "") : call.api.call("PUT", target.text(), spelt(body));
	return finish(call, answer, [&](const object& reply) { print(call.screen, object_at(reply, "contact")); });
}

} // namespace gate25::cli
