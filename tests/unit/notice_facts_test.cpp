// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/notice_facts.h"

#include "core/text.h"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

using namespace gate25;

namespace {

NoticeFacts facts() {
	NoticeFacts facts;
	facts.id = 42;
	facts.subscriber = "anna";
	facts.code = "K7QF-3M2P";
	facts.decision = 7;
	facts.level = Level::mail;
	facts.from = UnixTime(Seconds(1800000000));
	facts.addresses = {"100.64.1.2"};
	Alert alert;
	alert.address = *Address::parse("100.64.1.2");
	alert.port = 4711;
	alert.evidence = "to victim@third.example";
	facts.samples = {sample_of(alert, facts.from)};
	facts.alerts = 1;
	facts.language = "de";
	return facts;
}

} // namespace

TEST_CASE("evidence is told without mail addresses and control characters") {
	CHECK(tell_safely("") == "");
	CHECK(tell_safely("ET TROJAN beacon") == "ET TROJAN beacon");
	CHECK(tell_safely("mail to <victim@third.example>, 3 times") == "mail to <...>, 3 times");
	CHECK(tell_safely("to:a@b.example;c@d.example") == "to:...;...");
	CHECK(tell_safely("a\r\nb\tc") == "a  b c");
	CHECK(tell_safely("203.0.113.9 port 25") == "203.0.113.9 port 25");
	CHECK(tell_safely("\xff@x") == "...");
	CHECK(tell_safely(std::string(1000, 'x')).size() == 300);
	const std::string cut = tell_safely("x" + [] { std::string many; for (int i = 0; i < 400; ++i) many += "ß"; return many; }());
	CHECK(is_utf8(cut));
	CHECK(cut.size() == 299);
	// None comes through, however it is written.
	for (const char* text : {"a@b", "x a@b y", "\"a b\"@c.example", "mailto:a@b.example?x", "a@b@c", "@", "a@", "@b"})
		CHECK_MESSAGE(tell_safely(text).find('@') == std::string::npos, text);
}

TEST_CASE("the body of a notice") {
	const auto body = boost::json::parse(notice_body(facts(), true)).get_object();
	CHECK(body.at("schema").as_int64() == 1);
	CHECK(body.at("id").as_int64() == 42);
	CHECK(body.at("kind").as_string() == "quarantined");
	CHECK(body.at("subscriber").as_string() == "anna");
	CHECK(body.at("refused").as_array().size() == 3);
	CHECK(body.at("until").is_null());
	CHECK(body.at("reason").as_string() == "spam");
	CHECK(body.at("still_misbehaving").as_bool() == false);
	CHECK(body.at("language").as_string() == "de");
	const auto& sample = body.at("samples").as_array().at(0).get_object();
	CHECK(sample.at("port").as_int64() == 4711);
	CHECK(sample.at("evidence").as_string() == "to ...");
}

TEST_CASE("other programs are told no evidence, and nobody more than five samples") {
	const auto body = boost::json::parse(notice_body(facts(), false)).get_object();
	CHECK_FALSE(body.at("samples").as_array().at(0).get_object().contains("evidence"));
	NoticeFacts many = facts();
	many.samples.resize(9, many.samples[0]);
	CHECK(boost::json::parse(notice_body(many, true)).at("samples").as_array().size() == most_samples);
}

TEST_CASE("of what is over nothing is refused") {
	NoticeFacts over = facts();
	over.kind = NoticeKind::released;
	over.ended = over.from + Seconds(60);
	over.subscriber.clear();
	over.samples.clear();
	const auto body = boost::json::parse(notice_body(over, true)).get_object();
	CHECK(body.at("refused").as_array().empty());
	CHECK(body.at("subscriber").is_null());
	CHECK(body.at("reason").is_null());
	CHECK(body.at("ended").as_string() == "2027-01-15T08:01:00Z");
}

TEST_CASE("a digest takes in what came since") {
	NoticeFacts digest = facts();
	digest.kind = NoticeKind::digest;
	digest.since = digest.from;
	const std::string body = notice_body(digest, true);
	CHECK(since_of(body) == digest.from);
	NoticeSample later = digest.samples[0];
	later.at += Seconds(3600);
	const DigestFacts since{Level::garden, digest.from + Seconds(7200), digest.from + Seconds(60), {later, later}, 12};
	const auto grown = boost::json::parse(with_digest(body, since, true)).get_object();
	CHECK(grown.at("level").as_string() == "garden");
	CHECK(grown.at("refused").as_array().size() == 4);
	CHECK(parse_time(grown.at("until").as_string()).value() == digest.from + Seconds(7200));
	CHECK(parse_time(grown.at("since").as_string()).value() == digest.from + Seconds(60));
	CHECK(grown.at("alerts").as_int64() == 12);
	CHECK(grown.at("samples").as_array().size() == 2);
	CHECK(grown.at("code").as_string() == "K7QF-3M2P");
	CHECK(with_digest("no JSON", since, true) == "no JSON");
	CHECK(since_of("no JSON") == std::nullopt);
}
