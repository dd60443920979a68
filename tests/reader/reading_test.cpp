// SPDX-License-Identifier: GPL-2.0-or-later
//
// The agent's side of the conversation: what a reader that was taken over may say.
#include "wire/reading.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <vector>

using namespace gate25;

namespace {

ReadReport sample() {
	ReadReport one;
	one.report.outcome = ReportOutcome::parsed;
	one.report.address = *Address::parse("2001:db8::7");
	one.report.port = 40123;
	one.report.at = UnixTime{Seconds{1'800'000'000}};
	one.report.format = ReportFormat::xarf4;
	one.report.kind = AlertKind::missed_spam;
	one.report.reporter = "Gr\xc3\xbc\xc3\x9f" "e";
	one.report.other = Endpoint{*Address::parse("192.0.2.25"), 25};
	one.report.evidence = "\"quoted\" \\ and more";
	one.report.count = 4'294'967'295U;
	one.line = 7;
	return one;
}

Signature good() {
	return {SignatureState::good, "0123456789ABCDEF0123456789ABCDEF01234567", {"abuse@fbl.example"}, ""};
}

std::string altered(std::string text, std::string_view old, std::string_view now) {
	REQUIRE(text.find(old) != std::string::npos);
	return text.replace(text.find(old), old.size(), now);
}

} // namespace

TEST_CASE("reading: what is spelt is read back") {
	Reading reading;
	reading.reports = {sample(), sample()};
	reading.reports[1].signature = good();
	reading.passed_over = 3;
	const auto answer = parse_answer(spell_reading(reading), Answerer::verifier);
	REQUIRE_MESSAGE(answer, answer.error().text);
	CHECK(answer->kind == Answer::Kind::reading);
	CHECK(answer->reading.passed_over == 3);
	REQUIRE(answer->reading.reports.size() == 2);
	const ReadReport& read = answer->reading.reports[1];
	CHECK(read.report.evidence == sample().report.evidence);
	CHECK(read.report.reporter == sample().report.reporter);
	CHECK(read.report.address == sample().report.address);
	CHECK(read.report.other == sample().report.other);
	CHECK(read.report.at == sample().report.at);
	CHECK(read.report.count == sample().report.count);
	CHECK(read.signature.addresses == good().addresses);
	CHECK(read.line == 7);
	CHECK(spell_reading(answer->reading) == spell_reading(reading));
}

TEST_CASE("reading: every kind of answer, from those who may give it") {
	const std::string key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\"x\"\n";
	const auto is_taken = [](const std::string& text, Answerer from) { return parse_answer(text, from).has_value(); };
	using enum Answerer;
	for (const Answerer from : {reader, verifier, fetcher}) {
		CHECK(parse_answer(spell_ready(), from)->kind == Answer::Kind::ready);
		CHECK(parse_answer(spell_failed("why \"not\""), from)->why == "why \"not\"");
		CHECK(is_taken(spell_signed(), from) == (from == reader));
		CHECK(is_taken(spell_key(&key), from) == (from == fetcher));
		CHECK(is_taken(spell_key(nullptr), from) == (from == fetcher));
		CHECK(is_taken(spell_reading({{sample()}, 0}), from) == (from != fetcher));
	}
	CHECK(parse_answer(spell_key(&key), fetcher)->key == key);
	CHECK_FALSE(parse_answer(spell_key(nullptr), fetcher)->key);
}

TEST_CASE("reading: only who has read nothing else vouches for a signature") {
	ReadReport read = sample();
	read.signature = good();
	CHECK(parse_answer(spell_reading({{read}, 0}), Answerer::verifier));
	for (const SignatureState state : {SignatureState::good, SignatureState::untrusted, SignatureState::unknown_key, SignatureState::bad}) {
		read.signature = {state, good().key, {}, "why"};
		if (state == SignatureState::good) read.signature = good();
		CHECK(parse_answer(spell_reading({{read}, 0}), Answerer::verifier));
		CHECK_FALSE(parse_answer(spell_reading({{read}, 0}), Answerer::reader));
	}
}

TEST_CASE("reading: a signature that proves something names what and by which key") {
	for (const Signature& signature :
	     {Signature{SignatureState::good, good().key, {}, ""}, Signature{SignatureState::good, "", {"a@b.example"}, ""},
	      Signature{SignatureState::untrusted, good().key, {"a@b.example"}, ""}, Signature{SignatureState::good, good().key, {"A@b.example"}, ""},
	      Signature{SignatureState::good, good().key, {"no address"}, ""}, Signature{SignatureState::good, good().key, {"a@b\n"}, ""},
	      Signature{SignatureState::bad, "xyz", {}, ""}, Signature{SignatureState::good, good().key, std::vector<std::string>(21, "a@b"), ""},
	      Signature{SignatureState::good, good().key, {"a@" + std::string(200, 'b')}, ""}}) {
		ReadReport read = sample();
		read.signature = signature;
		CHECK_FALSE(parse_answer(spell_reading({{read}, 0}), Answerer::verifier));
	}
}

TEST_CASE("reading: nothing missing, nothing more, nothing of another type or beyond its bounds") {
	const std::string text = spell_reading({{sample()}, 0});
	const std::vector<std::pair<const char*, const char*>> changes{
	    {"\"count\":4294967295", "\"count\":4294967296"}, {"\"count\":4294967295", "\"count\":0"}, {"\"count\":4294967295", "\"count\":-1"},
	    {"\"count\":4294967295", "\"count\":1.5"},        {"\"count\":4294967295", "\"count\":\"1\""}, {"\"count\":4294967295", "\"count\":1e3"},
	    {"\"count\"", "\"kount\""},                       {"\"count\":4294967295,", ""},           {"\"line\":7", "\"line\":7,\"x\":1"},
	    {"\"line\":7", "\"line\":0"},                     {"\"port\":40123", "\"port\":25"},       {"\"port\":40123", "\"port\":0"},
	    {"\"port\":40123", "\"port\":65536"},             {"\"2001:db8::7\"", "\"2001:db8::\""},   {"\"2001:db8::7\"", "\"nowhere\""},
	    {"\"2001:db8::7\"", "null"},                      {"\"2001:db8::7\"", "7"},                {"\"kind\":\"missed-spam\"", "\"kind\":\"MISSED-SPAM\""},
	    {"\"xarf4\"", "\"xarf5\""},                       {"\"xarf4\"", "null"},                   {"\"parsed\"", "\"decided\""},
	    {"\"192.0.2.25\"", "\"192.0.2.256\""},            {"\"192.0.2.25\"", "[]"},                {"\"none\"", "\"never\""},
	    {"and more", "and\\nmore"},                       {"and more", "and\\u0000more"},          {"and more", "and\xff" "more"},
	    {"\"reports\":1", "\"reports\":0"},               {"\"reports\":1", "\"reports\":2"},      {"\"reports\":1", "\"reports\":10001"},
	    {"\"passed_over\":0", "\"passed_over\":-1"},      {"\"passed_over\":0", "\"passed_over\":0,\"x\":0"},
	    {"\"2027-01-15T08:00:00Z\"", "\"2027-13-15T08:00:00Z\""}, {"{\"reports\"", "[{\"reports\""}};
	REQUIRE(parse_answer(text, Answerer::reader));
	int taken = 0;
	for (const auto& [old, now] : changes) {
		const bool is_taken = parse_answer(altered(text, old, now), Answerer::reader).has_value();
		CAPTURE(std::string(now));
		// 2001:db8:: is a host's address too.
		CHECK(is_taken == (std::string_view(now) == "\"2001:db8::\""));
		taken += is_taken ? 1 : 0;
	}
	CHECK(taken == 1);
	for (const std::string& end : {"\n" + text, std::string(" x"), std::string("\n{}")})
		CHECK_FALSE(parse_answer(text + end, Answerer::reader).has_value());
	for (const char* bad : {"", "{", "null", "[]", "{}", "1", "\"\"", "{\"ready\":false}", "{\"ready\":1}", "{\"signed\":true,\"x\":1}", "{\"failed\":null}"})
		CHECK_FALSE(parse_answer(bad, Answerer::reader));
}

TEST_CASE("reading: memory that an answer asks for in vain") {
	const auto repeated = [](std::string_view piece, std::size_t times) {
		std::string text;
		for (std::size_t i = 0; i < times; ++i) text += piece;
		return text;
	};
	for (const std::string& text : {repeated("[", 100'000), "[" + repeated("[],", 5'000) + "1]", "[" + repeated("0,", 8'000) + "0]",
	                                "{\"failed\":\"" + repeated("x", 2'001) + "\"}", repeated("x", longest_answer_line + 1),
	                                "{\"reports\":2,\"passed_over\":0}\n" + repeated("{\"a\":{\"b\":{\"c\":[", 3) + repeated("\n", 100)})
		for (const Answerer from : {Answerer::reader, Answerer::verifier, Answerer::fetcher}) CHECK_FALSE(parse_answer(text, from));
	CHECK_FALSE(parse_answer("{\"key\":\"" + repeated("x", largest_key + 1) + "\"}", Answerer::fetcher));
	CHECK_FALSE(parse_answer("{\"key\":" + repeated("[", 3 * largest_key), Answerer::fetcher));
}

TEST_CASE("reading: the head of a frame") {
	const auto bytes = frame_bytes({FrameHead::Kind::answer, 1234, 0x0123456789abcdefU});
	const std::string text(bytes.begin(), bytes.end());
	const auto head = read_frame(text, FrameHead::Kind::answer);
	REQUIRE(head);
	CHECK(head->word == 1234);
	CHECK(head->number == 0x0123456789abcdefU);
	CHECK_FALSE(read_frame(text, FrameHead::Kind::job));
	CHECK_FALSE(read_frame(text.substr(1), FrameHead::Kind::answer));
	for (const auto word : {static_cast<std::uint32_t>(largest_answer) + 1, 0xffffffffU}) {
		const auto large = frame_bytes({FrameHead::Kind::answer, word, 1});
		CHECK_FALSE(read_frame({large.data(), large.size()}, FrameHead::Kind::answer));
	}
	const std::vector<std::string_view> texts{"abc", "", "de"};
	const std::string job = job_head(5, texts);
	CHECK(job.size() == FrameHead::size + 3 * text_size_bytes);
	CHECK(read_frame(job, FrameHead::Kind::job)->word == 3);
	CHECK(read_text_size(std::string_view(job).substr(FrameHead::size)) == 3);
}
