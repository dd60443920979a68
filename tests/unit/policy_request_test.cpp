// SPDX-License-Identifier: GPL-2.0-or-later
//
// The questions of a mail server and their answers as bytes.
#include "wire/policy_request.h"

#include <doctest/doctest.h>

using namespace gate25;
using Kind = MailAnswer::Kind;

namespace {

const std::string request_line = "request=smtpd_access_policy\n";

std::string error_of(const std::string& text) {
	const auto read = parse_policy_request(text);
	return read ? "no error" : read.error().text;
}

} // namespace

TEST_CASE("policy request: all that is needed is read, the rest is passed over") {
	const auto read = parse_policy_request(request_line +
	                                       "protocol_state=RCPT\nprotocol_name=SMTP\nhelo_name=some.domain.tld\nqueue_id=8045F2AB23\n"
	                                       "sender=foo@bar.tld\nrecipient=bar@foo.tld\nrecipient_count=0\nclient_address=2001:db8:1000:100::2\n"
	                                       "client_name=another.domain.tld\ninstance=123.456.7\nsasl_method=plain\nsasl_username=you=me\n"
	                                       "sasl_sender=\nsize=12345\nccert_subject=a b = c\nfuture=\n");
	REQUIRE(read);
	CHECK(read->stage == MailStage::recipient);
	CHECK(read->client == *Address::parse("2001:db8:1000:100::2"));
	CHECK(read->user == "you=me");
	CHECK(read->instance == "123.456.7");
	CHECK(read->recipient == "bar@foo.tld");
	CHECK(read->recipients == 0);
}

TEST_CASE("policy request: the state says what is asked about; a state that nobody knows asks nothing") {
	for (const auto& [state, stage] : {std::pair("RCPT", MailStage::recipient), std::pair("DATA", MailStage::content),
	                                   std::pair("BDAT", MailStage::content), std::pair("END-OF-MESSAGE", MailStage::content),
	                                   std::pair("CONNECT", MailStage::other), std::pair("EHLO", MailStage::other),
	                                   std::pair("MAIL", MailStage::other), std::pair("VRFY", MailStage::other),
	                                   std::pair("ETRN", MailStage::other), std::pair("rcpt", MailStage::other), std::pair("", MailStage::other)}) {
		const auto read = parse_policy_request(request_line + "protocol_state=" + state + "\n");
		REQUIRE(read);
		CHECK(read->stage == stage);
	}
	CHECK(parse_policy_request(request_line)->stage == MailStage::other);
}

TEST_CASE("policy request: clients of both families, mapped ones as IPv4, and those without an address") {
	const auto client = [](const std::string& text) { return parse_policy_request(request_line + "client_address=" + text + "\n")->client; };
	CHECK(client("100.64.1.2") == Address::ipv4(0x64400102));
	CHECK(client("::ffff:100.64.1.2") == Address::ipv4(0x64400102));
	CHECK(client("2001:DB8::1") == *Address::parse("2001:db8::1"));
	CHECK_FALSE(client("unknown"));
	CHECK_FALSE(client(""));
	CHECK(error_of(request_line + "client_address=100.64.1.256\n").starts_with("client_address: expected an IPv4 or IPv6 address, found \"100.64.1.256\""));
}

TEST_CASE("policy request: counts are numbers, and bounded") {
	const auto count = [](const std::string& text) { return parse_policy_request(request_line + "recipient_count=" + text + "\n"); };
	CHECK(count("17")->recipients == 17);
	CHECK(count("")->recipients == 0);
	CHECK(count("18446744073709551615")->recipients == most_recipients);
	for (const char* bad : {"-1", "1.5", "18446744073709551616", "0x10", " 1", "1 ", "many"}) CHECK_FALSE(count(bad));
}

TEST_CASE("policy request: what is no request is refused by name") {
	CHECK(error_of("") == "expected a line request=smtpd_access_policy, found none");
	CHECK(error_of("protocol_state=RCPT\n") == "expected a line request=smtpd_access_policy, found none");
	CHECK(error_of("request=junk\n") == "request: expected smtpd_access_policy, found \"junk\"");
	CHECK(error_of(request_line + "no sign here\n") == "a line: expected NAME=VALUE, found \"no sign here\"");
	CHECK(error_of(request_line + "\nsize=1\n") == "a line: expected NAME=VALUE, found \"\"");
	CHECK(error_of(request_line + std::string("size=\0\n", 7)) == "a request must not hold a NUL");
	CHECK(error_of(request_line + "sasl_username=" + std::string(256, 'x') + "\n").starts_with("sasl_username: expected at most 255 bytes"));
	CHECK(error_of(request_line + "instance=" + std::string(256, 'x') + "\n").starts_with("instance: expected at most 255 bytes"));
	CHECK(error_of(std::string(longest_policy_request + 1, 'x')).starts_with("a request may have 65536 bytes"));
}

TEST_CASE("policy request: the last line may lack its newline, and of a name that comes twice the last counts") {
	const auto read = parse_policy_request(request_line + "instance=1\ninstance=2");
	REQUIRE(read);
	CHECK(read->instance == "2");
}

TEST_CASE("policy answer: one line of ASCII, bounded") {
	CHECK(spell_policy_answer({}) == "action=DUNNO\n\n");
	CHECK(spell_policy_answer({Kind::defer, "4.7.1 later"}) == "action=DEFER_IF_PERMIT 4.7.1 later\n\n");
	CHECK(spell_policy_answer({Kind::reject, "5.7.1 never"}) == "action=REJECT 5.7.1 never\n\n");
	CHECK(spell_policy_answer({Kind::reject, "5.7.1 a\nb\r\tc\x01\x7f\xc3\xa4"}) == "action=REJECT 5.7.1 a b  c????\n\n");
	CHECK(spell_policy_answer({Kind::reject, std::string(5000, 'x')}) == "action=REJECT " + std::string(longest_policy_text, 'x') + "\n\n");
}
