// SPDX-License-Identifier: GPL-2.0-or-later
//
// The agent's side of the conversation: what a reader that was taken over may say.
#include "wire/reading.h"

#include <doctest/doctest.h>

using namespace gate25;

TEST_CASE("reading: what is spelt is read back") {
	Reading reading;
	ReadReport one;
	one.report.outcome = ReportOutcome::parsed;
	one.report.address = *Address::parse("2001:db8::7");
	one.report.format = ReportFormat::xarf4;
	one.report.kind = AlertKind::missed_spam;
	one.report.evidence = "\"quoted\" \\ and more";
	one.line = 7;
	reading.reports = {one, one};
	reading.passed_over = 3;
	const auto answer = parse_answer(spell_reading(reading), Answerer::reader);
	REQUIRE_MESSAGE(answer, answer.error().text);
	CHECK(answer->kind == Answer::Kind::reading);
	CHECK(answer->reading.passed_over == 3);
	REQUIRE(answer->reading.reports.size() == 2);
	CHECK(answer->reading.reports[1].report.evidence == one.report.evidence);
	CHECK(answer->reading.reports[1].report.address == one.report.address);
	CHECK(answer->reading.reports[1].line == 7);
}
