// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the courier sends: header fields of a mail, signatures, texts, and what an answer means.
#include "courier/hook_post.h"
#include "courier/mail.h"
#include "courier/template_set.h"
#include "courier/transfers.h"
#include "wire/notice_facts.h"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <algorithm>

using namespace gate25;

namespace {

NoticeRules rules_of_the_tree() {
	NoticeRules rules;
	rules.enabled = true;
	rules.relay = "smtp://192.0.2.25:25";
	rules.from = "Example Net, abuse <abuse@example.net>";
	rules.templates = GATE25_SOURCE "/packaging/notices";
	rules.provider = "Example <Net>";
	rules.site = "https://help.example/mail";
	rules.help = "+49 30 5550100";
	return rules;
}

NoticeFacts some_facts(NoticeKind kind, Level level) {
	NoticeFacts facts;
	facts.id = 42;
	facts.kind = kind;
	facts.subscriber = "anna";
	facts.code = "K7QF-3M2P";
	facts.decision = 7;
	facts.level = level;
	facts.from = UnixTime(Seconds(1800000000));
	if (level != Level::garden) facts.until = UnixTime(Seconds(1800086400));
	facts.addresses = {"100.64.1.2", "2001:db8:1000::/56"};
	facts.samples = {{UnixTime(Seconds(1800000000)), AlertKind::spam, "100.64.1.2", 4711, "mail <script>"}};
	facts.alerts = 3;
	if (kind == NoticeKind::digest) facts.since = facts.from;
	if (kind == NoticeKind::released) facts.ended = facts.from;
	if (kind == NoticeKind::misbehaving) facts.attempts = 9;
	facts.language = "en";
	return facts;
}

boost::json::object facts_of(NoticeKind kind, Level level = Level::port25, const std::string& language = "en") {
	NoticeFacts facts = some_facts(kind, level);
	facts.language = language;
	return boost::json::parse(notice_body(facts, true)).get_object();
}

std::string field(const Mail& mail, const std::string& name) {
	const auto found = std::find_if(mail.header.begin(), mail.header.end(), [&](const std::string& line) { return line.starts_with(name + ": "); });
	return found == mail.header.end() ? "" : found->substr(name.size() + 2);
}

} // namespace

TEST_CASE("the shipped texts are good, of every kind, at every level, in both languages") {
	std::vector<std::string> errors;
	const NoticeRules rules = rules_of_the_tree();
	const TemplateSet set = TemplateSet::read(rules, errors);
	for (const std::string& error : errors) FAIL_CHECK(error);
	for (const NoticeKind kind : all_notice_kinds)
		for (const Level level : all_levels)
			for (const std::string language : {"en", "de"}) {
				CAPTURE(notice_text(kind));
				CAPTURE(language);
				const auto text = set.text(facts_of(kind, level, language), rules);
				REQUIRE(text);
				CHECK(text->language == language);
				CHECK(text->subject.find('\n') == std::string::npos);
				CHECK(text->subject.size() > 10);
				CHECK(text->plain.find("K7QF-3M2P") != std::string::npos);
				CHECK(text->plain.find("https://help.example/mail") != std::string::npos);
				CHECK(text->html.find("K7QF-3M2P") != std::string::npos);
				CHECK(text->html.find("Example &lt;Net&gt;") != std::string::npos);
				CHECK(text->html.find("<script>") == std::string::npos);
				CHECK(text->plain.find("{{") == std::string::npos);
				CHECK(text->plain.find("\n\n\n\n") == std::string::npos);
			}
}

TEST_CASE("the texts say who can end it, and what has ended") {
	std::vector<std::string> errors;
	NoticeRules rules = rules_of_the_tree();
	const TemplateSet set = TemplateSet::read(rules, errors);
	const auto plain = [&](const NoticeFacts& facts) {
		const auto text = set.text(boost::json::parse(notice_body(facts, true)).get_object(), rules);
		return text->subject + "\n" + text->plain;
	};
	NoticeFacts facts = some_facts(NoticeKind::quarantined, Level::garden); // without an end
	CHECK(plain(facts).find("Only our abuse desk can end this") != std::string::npos);
	facts.can_release_himself = true;
	CHECK(plain(facts).find("you can end this yourself at " + rules.site) != std::string::npos);
	CHECK(plain(facts).find("Only our abuse desk") == std::string::npos);
	rules.site.clear();
	CHECK(plain(facts).find("Only our abuse desk can end this") != std::string::npos);
	CHECK(plain(some_facts(NoticeKind::quarantined, Level::port25)).find("abuse desk can end") == std::string::npos);
	CHECK(plain(some_facts(NoticeKind::released, Level::port25)).find("is free again") != std::string::npos);
	CHECK(plain(some_facts(NoticeKind::released, Level::notify)).find("free") == std::string::npos);
	CHECK(plain(some_facts(NoticeKind::misbehaving, Level::notify)).find("has ended") == std::string::npos);
}

TEST_CASE("a language that has no text is answered with the nearest") {
	std::vector<std::string> errors;
	NoticeRules rules = rules_of_the_tree();
	const TemplateSet set = TemplateSet::read(rules, errors);
	CHECK(set.text(facts_of(NoticeKind::released, Level::port25, "de-ch-1901"), rules)->language == "de");
	CHECK(set.text(facts_of(NoticeKind::released, Level::port25, "pt-br"), rules)->language == "en");
	rules.language = "de-at";
	CHECK(set.text(facts_of(NoticeKind::released, Level::port25, "pt-br"), rules)->language == "de");
	rules.templates = "/nonexistent";
	const TemplateSet none = TemplateSet::read(rules, errors);
	CHECK(errors.size() == 1 + all_notice_kinds.size());
	CHECK_FALSE(none.text(facts_of(NoticeKind::released), rules));
}

TEST_CASE("the header of a mail") {
	NoticeText text{"en", "Spam from your line", "x", "y"};
	const UnixTime made{Seconds(1800000000)};
	const Mail mail = mail_of(42, made, "anna@customers.example", text, rules_of_the_tree(), "router.example.net", made + Seconds(60));
	CHECK(mail.relay == "smtp://192.0.2.25:25/router.example.net");
	CHECK(field(mail, "From") == "\"Example Net, abuse\" <abuse@example.net>");
	CHECK(field(mail, "To") == "anna@customers.example");
	CHECK(field(mail, "Subject") == "Spam from your line");
	CHECK(field(mail, "Date") == "Fri, 15 Jan 2027 08:01:00 +0000");
	CHECK(field(mail, "Message-ID") == "<gate25-notice-42.1800000000@example.net>");
	CHECK(field(mail, "Auto-Submitted") == "auto-generated");
	const Mail again = mail_of(42, made, "anna@customers.example", text, rules_of_the_tree(), "x", made + Seconds(9000));
	CHECK(field(again, "Message-ID") == field(mail, "Message-ID"));
}

TEST_CASE("a subject beyond ASCII is made of encoded words that are short enough") {
	CHECK(header_text("Spam") == "Spam");
	CHECK(header_text("Spam von Ihrem Anschluß") == "=?utf-8?B?U3BhbSB2b24gSWhyZW0gQW5zY2hsdcOf?=");
	CHECK(header_text("=?x") == "=?utf-8?B?PT94?=");
	const std::string folded = header_text("Ihr Anschluß bei Größe Netz schickt unerwünschte Nachrichten, bitte prüfen Sie Ihre Geräte");
	std::size_t begin = 0;
	for (std::size_t end; begin < folded.size(); begin = end + 3) {
		end = std::min(folded.find("\r\n ", begin), folded.size());
		CHECK(end - begin <= 75);
		CHECK(folded.substr(begin, 10) == "=?utf-8?B?");
	}
}

TEST_CASE("a hook is signed with HMAC-SHA256") {
	// RFC 4231 4.3
	CHECK(hmac_sha256_hex("Jefe", "what do ya want for nothing?") == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	const HookPost post = hook_post(42, "released", "https://x.example/", "key", "{}", UnixTime(Seconds(1800000000)));
	CHECK(std::find(post.header.begin(), post.header.end(), "Gate25-Notice: 42") != post.header.end());
	CHECK(std::find(post.header.begin(), post.header.end(),
	                "Gate25-Signature: t=1800000000,v1=" + hmac_sha256_hex("key", "1800000000.{}")) != post.header.end());
}

TEST_CASE("what an answer means") {
	CHECK(fate_of_mail(true, 250, "") == Fate::sent);
	CHECK(fate_of_mail(false, 550, "RCPT failed: 550") == Fate::refused);
	CHECK(fate_of_mail(false, 450, "RCPT failed: 450") == Fate::failed);
	CHECK(fate_of_mail(false, 554, "DATA failed: 554") == Fate::refused);
	CHECK(fate_of_mail(false, 554, "Weird server reply") == Fate::refused);
	CHECK(fate_of_mail(false, 451, "Weird server reply") == Fate::failed);
	// About us, not about him.
	CHECK(fate_of_mail(false, 550, "MAIL failed: 550") == Fate::failed);
	CHECK(fate_of_mail(false, 530, "RCPT failed: 530") == Fate::failed);
	CHECK(fate_of_mail(false, 554, "Got unexpected smtp-server response: 554") == Fate::failed);
	CHECK(fate_of_mail(false, 0, "Connection refused") == Fate::failed);
	for (const long status : {200L, 201L, 204L, 299L}) CHECK(fate_of_post(true, status) == Fate::sent);
	for (const long status : {199L, 301L, 302L, 400L, 401L, 404L, 429L, 500L, 503L}) CHECK(fate_of_post(true, status) == Fate::failed);
	CHECK(fate_of_post(true, 410) == Fate::refused);
	CHECK(fate_of_post(false, 0) == Fate::failed);
	CHECK(fate_of_post(false, 200) == Fate::failed); // broken off in the middle of the answer
}
