// SPDX-License-Identifier: GPL-2.0-or-later
//
// The fields of ARF one by one, the Received fields, and dates.
#include "wire/arf.h"
#include "wire/mime.h"
#include "wire/mime_fields.h"
#include "wire/mime_parts.h"

#include <doctest/doctest.h>
#include <string>

using namespace gate25;
using namespace gate25::reports;

namespace {

// A good report with one line replaced or added.
Report read_with(const std::string& line, const std::string& instead_of = "") {
	std::string fields = "Feedback-Type: abuse\nUser-Agent: Reporter/2.1\nVersion: 1\n"
	                     "Arrival-Date: Sat, 21 Nov 2026 09:59:58 +0000\nSource-IP: 203.0.113.7\n";
	if (!instead_of.empty()) {
		const auto at = fields.find(instead_of + ":");
		REQUIRE(at != fields.npos);
		fields.erase(at, fields.find('\n', at) - at + 1);
	}
	fields += line.empty() ? "" : line + "\n";
	return read_arf({fields, std::nullopt, "<1@reporter.example>", "fbl@reporter.example"});
}

} // namespace

TEST_SUITE("arf") {
	TEST_CASE("Source-IP in every form, or a reason that names it") {
		const struct {
			const char* value;
			const char* address; // nullptr: not parsed
			ReportOutcome outcome;
			const char* why;
		} table[] = {
		    {"203.0.113.7", "203.0.113.7", ReportOutcome::parsed, ""},
		    {"[203.0.113.7]", "203.0.113.7", ReportOutcome::parsed, ""},
		    {"IPv6:2001:DB8::7", "2001:db8::7", ReportOutcome::parsed, ""},
		    {"[ipv6:2001:db8::7]", "2001:db8::7", ReportOutcome::parsed, ""},
		    {"2001:db8::7", "2001:db8::7", ReportOutcome::parsed, ""},
		    {"::ffff:203.0.113.7", "203.0.113.7", ReportOutcome::parsed, ""},
		    {"::ffff:cb00:7107", "203.0.113.7", ReportOutcome::parsed, ""},
		    {"203.0.113.7 (a (nested) comment \\) )", "203.0.113.7", ReportOutcome::parsed, ""},
		    {"203.0.113.7 198.51.100.9", nullptr, ReportOutcome::refused, "no space"},
		    {"203.0.113.0/24", nullptr, ReportOutcome::refused, "a prefix cannot stand here"},
		    {"010.0.0.1", nullptr, ReportOutcome::refused, "leading zero"},
		    {"203.0.113.7 (never closed", nullptr, ReportOutcome::refused, "comment without an end"},
		    {"fe80::1%eth0", nullptr, ReportOutcome::refused, "zone"},
		    {"0.0.0.0", nullptr, ReportOutcome::refused, "nobody's address"},
		    {"::1", nullptr, ReportOutcome::refused, "loopback"},
		    {"::ffff:127.0.0.1", nullptr, ReportOutcome::refused, "loopback"},
		    {"224.0.0.1", nullptr, ReportOutcome::refused, "multicast"},
		    {"redacted", nullptr, ReportOutcome::aside, "blacked out"},
		    {"203.0.113.xxx", nullptr, ReportOutcome::refused, "Source-IP"},
		    {"x.x.x.x", nullptr, ReportOutcome::aside, "blacked out"},
		    {"mail.example", nullptr, ReportOutcome::refused, "\"mail.example\""},
		};
		for (const auto& row : table) {
			CAPTURE(row.value);
			const Report report = read_with(std::string("Source-IP: ") + row.value, "Source-IP");
			CAPTURE(report.why);
			CHECK((report.outcome == row.outcome));
			if (row.address != nullptr) CHECK(report.address->text() == row.address);
			CHECK(report.why.find(row.why) != std::string::npos);
		}
	}
	TEST_CASE("what else a field may not be") {
		const struct {
			const char* line;
			const char* instead_of;
			ReportOutcome outcome;
			const char* why;
		} table[] = {
		    {"", "Feedback-Type", ReportOutcome::refused, "Feedback-Type is missing"},
		    {"", "User-Agent", ReportOutcome::refused, "User-Agent is missing"},
		    {"", "Version", ReportOutcome::refused, "Version is missing"},
		    {"Version: one", "Version", ReportOutcome::refused, "\"one\""},
		    {"Version: 2", "Version", ReportOutcome::aside, "later than the 1"},
		    {"Version: 10", "Version", ReportOutcome::aside, "later than the 1"},
		    {"Incidents: 0", "", ReportOutcome::refused, "Incidents"},
		    {"Incidents: -1", "", ReportOutcome::refused, "\"-1\""},
		    {"Incidents: 4294967296", "", ReportOutcome::refused, "4294967295"},
		    {"Source-Port: 0", "", ReportOutcome::refused, "Source-Port"},
		    {"Source-Port: 65536", "", ReportOutcome::refused, "1 to 65535"},
		    {"Source-Port: 000080", "", ReportOutcome::refused, "\"000080\""},
		    {"Source-Port: 0x50", "", ReportOutcome::refused, "Source-Port"},
		    {"FEEDBACK-TYPE: abuse", "", ReportOutcome::refused, "Feedback-Type stands twice"},
		    {"\nSource-IP: 198.51.100.9", "", ReportOutcome::refused, "Source-IP stands twice"}, // a second block
		    {"Feedback-Type: opt-out", "Feedback-Type", ReportOutcome::aside, "mailing list"},
		    {"Feedback-Type: ab\xff\x01use", "Feedback-Type", ReportOutcome::aside, "\\xff\\x01"},
		};
		for (const auto& row : table) {
			CAPTURE(row.line);
			const Report report = read_with(row.line, row.instead_of);
			CAPTURE(report.why);
			CHECK((report.outcome == row.outcome));
			CHECK(report.why.find(row.why) != std::string::npos);
		}
	}
	TEST_CASE("what is allowed though it looks odd") {
		CHECK(read_with("Version: 0.1", "Version").why == "");
		CHECK(read_with("Version: 1.0", "Version").why == "");
		CHECK(read_with("Source-Port: 40123").port == std::uint16_t{40123});
		CHECK_FALSE(read_with("Source-Port: 25").port);
		CHECK(read_with("Incidents: 4294967295").count == 4294967295U);
		CHECK(read_with("Original-Rcpt-To: a@b\nOriginal-Rcpt-To: c@d\nX-New: \x01\xff\nno colon at all").why ==
		      "");
		CHECK_FALSE(read_with("", "Arrival-Date").at);
		CHECK(read_with("", "Arrival-Date").why == "");
	}
	TEST_CASE("a value that is too long is refused by its name") {
		const Report report = read_with("Source-IP: " + std::string(5000, '1'), "Source-IP");
		CHECK(report.why.find("Source-IP is longer") != std::string::npos);
	}

	TEST_CASE("the client in a Received field is what the server saw, not what the client said") {
		const struct {
			const char* received;
			const char* address; // nullptr: nobody can tell
		} table[] = {
		    {"from pc (host.example [192.0.2.7]) by mx.example with ESMTP; Sat", "192.0.2.7"},
		    {"from [198.51.100.9] (unknown [192.0.2.7]) by mx.example", "192.0.2.7"},
		    {"from pc ([192.0.2.7]:4711 helo=pc) by mx.example", "192.0.2.7"},
		    {"from [192.0.2.7] (helo=[198.51.100.9]) by mx.example", "192.0.2.7"},
		    {"from host.example (HELO 198.51.100.9) (192.0.2.7) by mx.example with SMTP", "192.0.2.7"},
		    {"FROM pc (EHLO pc.example) (192.0.2.7)  BY mx.example", "192.0.2.7"},
		    {"from 127.0.0.1  (EHLO mx8.example.com) (192.0.2.8)  by mta.example with SMTP", "192.0.2.8"},
		    {"from pc (pc [IPv6:2001:db8::7]) by mx.example", "2001:db8::7"},
		    {"from pc (pc. [2001:db8:0:0:0:0:0:7]) by mx.example", "2001:db8::7"},
		    {"from pc (pc [192.0.2.7] (may be forged)) by mx.example", "192.0.2.7"},
		    {"from pc (pc [192.0.2.7] [192.0.2.7]) by mx.example", "192.0.2.7"},
		    {"from pc (pc [192.0.2.7]) (x [198.51.100.9]) by mx.example", nullptr},
		    {"from [192.0.2.7] by mx.example", nullptr},
		    {"from pc (HELO [198.51.100.9]) by mx.example", nullptr},
		    {"from pc by mx.example (relay [192.0.2.7])", nullptr},
		    {"by mx.example (Postfix, from userid 0)", nullptr},
		    {"from pc (host.example [192.0.2.7", nullptr},
		    {"(qmail 1 invoked by uid 9)", nullptr},
		    {"", nullptr},
		};
		for (const auto& row : table) {
			CAPTURE(row.received);
			const auto address = client_of(row.received);
			CHECK(address.has_value() == (row.address != nullptr));
			if (address && row.address != nullptr) CHECK(address->text() == row.address);
		}
	}
	TEST_CASE("of several Received fields the first from outside counts") {
		const std::string inside = "Received: from a (a [127.0.0.1]) by b; Sat, 21 Nov 2026 10:00:02 +0000\n"
		                           "Received: by c; Sat, 21 Nov 2026 10:00:02 +0000\n"
		                           "Received: from a (a [IPv6:fd00::1]) by b; Sat, 21 Nov 2026 10:00:01 +0000\n";
		const std::string border = "received: from pc (pc [192.0.2.7])\n\tby mx; Sat, 21 Nov 2026 10:00:00 +0000\n";
		const std::string forged =
		    "Received: from bank (bank [198.51.100.9]) by pc; Sat, 21 Nov 2026 09:00:00 +0000\n";
		const Handover handover =
		    read_received(inside + border + forged + "\nReceived: from x (x [192.0.2.8]) by y\n");
		CHECK(handover.address->text() == "192.0.2.7");
		CHECK(time_text(*handover.at) == "2026-11-21T10:00:00Z");
		CHECK(handover.names(Address::parse("198.51.100.9").value()));
		CHECK_FALSE(handover.names(Address::parse("192.0.2.8").value())); // that one is in the body
		CHECK_FALSE(read_received(inside).address);
		CHECK_FALSE(read_received("Received: from a (a [224.0.0.1]) by b\n" + border).address);
		// Who handed it over cannot be read: what stands below may be his own writing.
		CHECK_FALSE(read_received("Received: from [192.0.2.66] by mx\n" + forged).address);
	}
	TEST_CASE("Source-Port belongs to Source-IP alone") {
		const Report report =
		    read_arf({"Feedback-Type: abuse\nUser-Agent: a\nVersion: 1\nSource-Port: 40123\n",
		              "Received: from pc (pc [192.0.2.7]) by mx; Sat, 21 Nov 2026 10:00:00 +0000\n", "", ""});
		CHECK((report.outcome == ReportOutcome::parsed));
		CHECK((report.origin == AddressOrigin::received));
		CHECK_FALSE(report.port);
	}
}

TEST_SUITE("mail") {
	TEST_CASE("dates with a time and a zone, and no others") {
		const struct {
			const char* text;
			const char* time; // nullptr: refused
		} table[] = {
		    {"Sat, 21 Nov 2026 09:59:58 +0000", "2026-11-21T09:59:58Z"},
		    {"21 Nov 2026 09:59 -0530", "2026-11-21T15:29:00Z"},
		    {"Mon, 21 Nov 2026 09:59:58 +0000", "2026-11-21T09:59:58Z"}, // a wrong weekday harms nobody
		    {"Sat, 21 Nov 2026 09:59:58 GMT", "2026-11-21T09:59:58Z"},
		    {"Sat, 21 Nov 26 01:59:58 PST", "2026-11-21T09:59:58Z"},
		    {"Sat, 21 Nov 2026 09:59:58 -0000", "2026-11-21T09:59:58Z"},
		    {"Sat, 21 Nov 2026 09:59:58", nullptr},
		    {"Sat, 21 Nov 2026", nullptr},
		    {"Sat, 21 Nov 2026 09:59:58 CET", nullptr}, // GMime would take it for UTC
		    {"31 Feb 2026 09:59:58 +0000", nullptr},
		    {"Sat, 21 Nov 2026 24:59:58 +0000", nullptr},
		    {"1 1 1", nullptr},
		    {"2026-11-21T09:59:58Z", nullptr},
		    {"yesterday", nullptr},
		    {"", nullptr},
		};
		for (const auto& row : table) {
			CAPTURE(row.text);
			const auto time = mime::parse_date(row.text);
			CHECK(time.has_value() == (row.time != nullptr));
			if (time && row.time != nullptr) CHECK(time_text(*time) == row.time);
		}
	}
	TEST_CASE("comments and quoted strings") {
		CHECK(mime::without_comments("a (b (c) \\) d) e") == "a   e");
		CHECK(mime::without_comments("\"(no comment)\" x") == "\"(no comment)\" x");
		CHECK(mime::without_comments("a ) b") == "a ) b");
		CHECK_FALSE(mime::without_comments("a (b"));
		CHECK(mime::address_in("\"Anna\" <anna@example.net>") == "anna@example.net");
		CHECK(mime::address_in("anna@example.net (Anna)") == "anna@example.net");
		CHECK(mime::address_in("") == "");
	}
	TEST_CASE("parts: where they begin and end, what they are") {
		const auto mail = mime::read_mail(
		    "Content-Type: multipart/mixed; boundary=\"a b\"\n\n--a b-\nno part\n"
		    "--a b \t\nContent-Type: Text/HTML; name*=utf-8''x%2Ejson\n\nx --a b\n--a bc\n\n"
		    "--a b\n\n--a b\nContent-Type: multipart/x; boundary=c\n\n--c\n"
		    "Content-Disposition: attachment;\n filename=y.json\n"
		    "Content-Transfer-Encoding: BASE64 (x)\n\nz\n--c--\nnot this\n--a b--\n--a b\nnor this\n");
		REQUIRE(mail);
		REQUIRE(mail->parts.size() == 3);
		CHECK(mail->parts[0].type == "text/html");
		CHECK(mail->parts[0].name == "x.json");
		CHECK(mail->parts[0].body == "x --a b\n--a bc\n");
		CHECK(mail->parts[1].type == "text/plain");
		CHECK(mail->parts[1].body == "");
		CHECK(mail->parts[2].name == "y.json");
		CHECK(mail->parts[2].encoding == "BASE64");
		CHECK(mail->parts[2].body == "z");
	}
	TEST_CASE("what breaks MIME, or is too much of it") {
		const std::string multipart = "Content-Type: multipart/mixed; boundary=B\n\n";
		std::string deep;
		for (int i = 0; i < 6; ++i)
			deep += "Content-Type: multipart/mixed; boundary=" + std::to_string(i) + "\n\n--" + std::to_string(i) +
			        "\n";
		std::string many = multipart;
		std::string empty = multipart;
		std::string fields;
		for (int i = 0; i < 101; ++i) many += "--B\n\nx\n";
		for (int i = 0; i < 101; ++i) empty += "--B\nContent-Type: multipart/mixed; boundary=c\n\n";
		for (int i = 0; i < 2001; ++i) fields += "X: y\n";
		const struct {
			std::string mail;
			const char* why;
		} table[] = {
		    {deep, "deeper than 5"},
		    {many, "more than 100 parts"},
		    {empty, "more than 100 parts"},
		    {fields, "more than 2000"},
		    {"X: " + std::string(300'000, 'x') + "\n", "262144"},
		    {"Content-Type: multipart/mixed\n\n--\n", "no usable boundary"},
		    {"Content-Type: text/plain\nContent-type: multipart/mixed; boundary=B\n\n",
		     "Content-Type stands twice"},
		    {multipart + "--B\nContent-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: base64\n\n",
		     "Encoding stands twice"},
		    {"Content-Type: " + std::string(5000, 'x') + "\n\n", "not readable"},
		};
		for (const auto& row : table) {
			const auto mail = mime::read_mail(row.mail);
			CAPTURE(row.why);
			REQUIRE_FALSE(mail);
			CHECK(mail.error().text.find(row.why) != std::string::npos);
		}
	}
	TEST_CASE("fields fold, have odd blanks, and end with the empty line") {
		mime::FieldReader fields("A: 1\r\n\t2\nno field\nB : x\n\nC: y\n");
		const auto a = fields.next();
		REQUIRE(a);
		CHECK(a->is("a"));
		CHECK(mime::unfolded(a->body, 100) == "1 2");
		CHECK_FALSE(mime::unfolded(a->body, 2));
		CHECK(fields.next()->is("b"));
		CHECK_FALSE(fields.next());
		CHECK(fields.rest() == "C: y\n");
	}
}
