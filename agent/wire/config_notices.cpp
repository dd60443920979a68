// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/subscriber.h"
#include "core/text.h"
#include "wire/config_kinds.h"
#include "wire/config_sections.h"
#include "wire/notice_address.h"

#include <algorithm>

namespace gate25::config_file {

namespace {

constexpr std::size_t longest_words = 200, longest_url = 1000;
constexpr unsigned most_per_hour = 1'000'000;
constexpr Seconds least_digest{60}, least_patience{60};

// Text for people, in their own letters.
void read_words(Section& section, std::string_view key, std::string& out) {
	const auto given = section.text(key);
	if (!given) return;
	if (has_control(given->value) || !is_utf8(given->value))
		return section.errors().add_expected(*given->node, "one line of text without control characters");
	if (given->value.size() > longest_words)
		return section.errors().add(given->node->where, quoted(given->value) + " has " + std::to_string(given->value.size()) +
		                                                    " bytes, at most " + std::to_string(longest_words) + " fit");
	out = given->value;
}

void read_site(Section& section, std::string& out) {
	const auto given = section.text("site");
	if (!given || given->value.empty()) return;
	if (given->value.size() > longest_url || !is_web_address(given->value))
		return section.errors().add_expected(*given->node, "a URL like \"https://example.net/mail\"");
	out = given->value;
}

void read_relay(Section& section, std::string& out) {
	const auto given = section.text("relay");
	if (!given || given->value.empty()) return;
	if (!is_mail_server(given->value))
		return section.errors().add_expected(*given->node, "smtp:// or smtps:// with a host and perhaps a port, like "
		                                                   "\"smtp://192.0.2.25:25\" or \"smtp://[2001:db8:25::25]:25\"");
	out = given->value;
}

void read_from(Section& section, std::string& out) {
	const auto given = section.text("from");
	if (!given || given->value.empty()) return;
	if (!parse_mailbox(given->value))
		return section.errors().add_expected(*given->node, "a mail address, perhaps with a name, like \"Example Net "
		                                                   "<abuse@example.net>\"");
	out = given->value;
}

void read_mail_to(Section& section, std::string& out) {
	const auto given = section.text("mail_to");
	if (!given || given->value.empty()) return;
	if (!mail_to_of(given->value, "x"))
		return section.errors().add_expected(*given->node, "a mail address with {subscriber} in it, like "
		                                                   "\"{subscriber}@customers.example\"");
	out = given->value;
}

void read_language(Section& section, std::string& out) {
	const auto given = section.text("language");
	if (!given) return;
	if (!is_language(given->value))
		return section.errors().add_expected(*given->node, "a language like \"en\" or \"pt-br\" (RFC 5646), in lower case");
	out = given->value;
}

void read_duration(Section& section, std::string_view key, Seconds least, Seconds& out) {
	section.duration(key, out);
	if (out < least) section.errors().add_expected(*section.find(key), "at least " + quoted(duration_text(least)));
}

// Mail needs somewhere to go and a name to go by.
void complain_of_half_a_relay(Section& section, const NoticeRules& rules) {
	if (!rules.relay.empty() && rules.from.empty())
		section.errors().add(section.find("relay")->where, "\"relay\" needs \"from\": whose mail is it?");
	for (const std::string_view key : {"from", "mail_to"})
		if (const std::string& value = key == "from" ? rules.from : rules.mail_to; !value.empty() && rules.relay.empty())
			section.errors().add(section.where(), quoted(key) + " is of no use without \"relay\": no mail is sent");
}

using Texts = std::vector<Placed<std::string>>;

void read_hook_name(Section& section, std::string& out, Texts& names) {
	section.require("name", "what the hook is called in answers, events and the record");
	const auto given = section.text("name");
	if (!given) return;
	if (!is_account(given->value))
		return section.errors().add_expected(*given->node, "a name of letters, digits and dashes");
	if (given->value == mail_channel)
		return section.errors().add(given->node->where, "a hook cannot be called \"mail\": mail is");
	out = given->value;
	names.push_back(*given);
}

void read_hook_url(Section& section, std::string& out) {
	section.require("url", "where notices are posted");
	const auto given = section.text("url");
	if (!given) return;
	if (given->value.size() > longest_url || !is_web_address(given->value))
		return section.errors().add_expected(*given->node, "a URL like \"https://tickets.example/gate25\", without a password");
	out = given->value;
}

void read_events(Section& section, std::vector<std::string>& out) {
	Texts kinds;
	for (const auto& text : section.texts("events", "[\"quarantined\", \"released\"]"))
		if (const auto kind = parse_notice_kind(text.value))
			kinds.push_back(text);
		else
			section.errors().add(text.node->where, kind.error().text);
	out = values_of(without_twins(std::move(kinds), section.errors()));
}

} // namespace

void read_notices(Reader& reader, NoticeRules& out) {
	Section section = reader.section("notices");
	out.enabled = section.is_present();
	const std::size_t before = reader.errors().count();
	read_relay(section, out.relay);
	read_from(section, out.from);
	read_mail_to(section, out.mail_to);
	if (reader.errors().count() == before) complain_of_half_a_relay(section, out);
	section.path("templates", longest_path, out.templates);
	read_language(section, out.language);
	read_words(section, "provider", out.provider);
	read_site(section, out.site);
	read_words(section, "help", out.help);
	read_duration(section, "digest", least_digest, out.digest);
	section.number("per_hour", 1, most_per_hour, out.per_hour);
	read_duration(section, "patience", least_patience, out.patience);
	Texts names;
	for (Section& hook_section : reader.repeated("hook")) {
		if (!out.enabled) hook_section.errors().add(hook_section.where(), "[[hook]] needs [notices]");
		Hook& hook = out.hooks.emplace_back();
		read_hook_name(hook_section, hook.name, names);
		read_hook_url(hook_section, hook.url);
		hook_section.require("secret_file", "a file whose first line is the key of the signatures");
		hook_section.path("secret_file", longest_path, hook.secret_file);
		read_events(hook_section, hook.events);
	}
	without_twins(std::move(names), reader.errors());
}

} // namespace gate25::config_file
