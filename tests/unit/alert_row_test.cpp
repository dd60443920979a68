// SPDX-License-Identifier: GPL-2.0-or-later
//
// A recorded alert goes out as JSON and comes back as it was; what is not exactly that is an error with its place.
#include "wire/alert_row.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>
#include <string>

using namespace gate25;
namespace json = boost::json;

namespace {

AlertRow full_row() {
	AlertRow row;
	row.id = 18446744073709551615U;
	row.received = parse_time("2026-11-21T12:00:00Z").value();
	row.alert.address = Address::parse("2001:db8:1000:100::1").value();
	row.alert.kind = AlertKind::missed_spam;
	row.alert.reporter = "who it \"says\" it is";
	row.alert.at = parse_time("2026-11-21T11:00:00Z").value();
	row.alert.port = 65535;
	row.alert.count = UINT32_MAX;
	row.alert.id = "<1@fbl.example>";
	row.alert.format = ReportFormat::arf;
	row.alert.is_weak = true;
	row.alert.evidence = "Subject: \xc3\xa4";
	row.voucher = {"postfix", true, true, true, {"abuse@fbl.example", "fbl@fbl.example"}};
	row.subscriber = Prefix::parse("2001:db8:1000:100::/56").value();
	row.reporter = {"fbl", 80, Proof::openpgp, "signed by abuse@fbl.example"};
	row.step = 16;
	row.outcome = Outcome::decided;
	row.why = "missed-spam reported by fbl, score -2";
	row.is_tallied = row.is_incident = true;
	row.decision = 7;
	row.key = 18446744073709551615U;
	row.repeats = 3;
	return row;
}

AlertRow bare_row() {
	AlertRow row;
	row.id = 1;
	row.received = parse_time("2026-11-21T12:00:00Z").value();
	row.alert.address = Address::parse("100.64.1.1").value();
	row.subscriber = Prefix::parse("100.64.1.1").value();
	return row;
}

void check_same(const AlertRow& a, const AlertRow& b) {
	CHECK(a.id == b.id);
	CHECK(a.received == b.received);
	CHECK(a.alert.address == b.alert.address);
	CHECK(a.alert.kind == b.alert.kind);
	CHECK(a.alert.reporter == b.alert.reporter);
	CHECK(a.alert.at == b.alert.at);
	CHECK(a.alert.port == b.alert.port);
	CHECK(a.alert.count == b.alert.count);
	CHECK(a.alert.id == b.alert.id);
	CHECK(a.alert.format == b.alert.format);
	CHECK(a.alert.is_weak == b.alert.is_weak);
	CHECK(a.alert.evidence == b.alert.evidence);
	CHECK(a.voucher.user == b.voucher.user);
	CHECK(a.voucher.is_desk == b.voucher.is_desk);
	CHECK(a.voucher.is_named == b.voucher.is_named);
	CHECK(a.voucher.is_mail == b.voucher.is_mail);
	CHECK(a.voucher.signers == b.voucher.signers);
	CHECK(a.subscriber == b.subscriber);
	CHECK(a.reporter.name == b.reporter.name);
	CHECK(a.reporter.weight == b.reporter.weight);
	CHECK(a.reporter.proof == b.reporter.proof);
	CHECK(a.reporter.why == b.reporter.why);
	CHECK(a.step == b.step);
	CHECK(a.outcome == b.outcome);
	CHECK(a.why == b.why);
	CHECK(a.is_tallied == b.is_tallied);
	CHECK(a.is_incident == b.is_incident);
	CHECK(a.decision == b.decision);
	CHECK(a.key == b.key);
	CHECK(a.repeats == b.repeats);
}

std::string body_of(const std::vector<AlertRow>& rows) {
	json::array array;
	for (const AlertRow& row : rows) array.push_back(json_of(row));
	return json::serialize(json::object{{"schema", 1}, {"alerts", array}});
}

// The error when one field of a good row holds something else.
std::string error_with(std::string_view field, const json::value& value) {
	json::object object = json_of(full_row());
	object[field] = value;
	const auto read = parse_alert_row(object);
	return read ? "" : read.error().text;
}

std::string inner_error(std::string_view outer, std::string_view field, const json::value& value) {
	json::object object = json_of(full_row()).at(outer).as_object();
	object[field] = value;
	return error_with(outer, object);
}

bool has(const std::string& text, std::string_view part) {
	CAPTURE(text);
	CHECK(text.find(part) != std::string::npos);
	return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a recorded alert comes back as it went out") {
	for (const AlertRow& row : {full_row(), bare_row()}) {
		const auto text = json::serialize(json_of(row));
		const auto read = parse_alert_row(json::parse(text).as_object());
		REQUIRE(read);
		check_same(row, *read);
	}
}

TEST_CASE("every kind, format, proof, outcome and step comes back") {
	AlertRow row = full_row();
	const auto back = [&] {
		const auto read = parse_alert_row(json_of(row));
		REQUIRE(read);
		check_same(row, *read);
	};
	for (const AlertKind kind : all_alert_kinds) row.alert.kind = kind, back();
	for (const ReportFormat format : all_report_formats) row.alert.format = format, back();
	for (const Proof proof : {Proof::none, Proof::user, Proof::desk, Proof::openpgp, Proof::forged})
		row.reporter.proof = proof, back();
	for (const Outcome outcome : all_outcomes) row.outcome = outcome, back();
	for (unsigned step = 0; step <= last_judge_step; ++step) row.step = step, back();
}

TEST_CASE("a page of them comes back in its order") {
	const auto read = parse_alert_rows(body_of({full_row(), bare_row(), full_row()}));
	REQUIRE(read);
	REQUIRE(read->size() == 3);
	check_same((*read)[0], full_row());
	check_same((*read)[1], bare_row());
	CHECK(parse_alert_rows(body_of({}))->empty());
}

TEST_CASE("what is wrong is named with its place") {
	CHECK(has(error_with("kind", "spma"), "alert.kind is wrong: expected a kind of alert"));
	CHECK(has(error_with("address", "100.64.1.256"), "alert.address is wrong: "));
	CHECK(has(error_with("address", nullptr), "alert.address must be a string, got null"));
	CHECK(has(error_with("received", nullptr), "alert.received must be a time"));
	CHECK(has(error_with("at", "yesterday"), "alert.at is wrong: "));
	CHECK(has(error_with("count", -1), "alert.count must be a whole number from 0 to 4294967295, got \"-1\""));
	CHECK(has(error_with("count", 1.5), "alert.count must be a whole number"));
	CHECK(has(error_with("port", 65536), "alert.port must be a whole number from 0 to 65535"));
	CHECK(has(error_with("step", 17), "alert.step must be a whole number from 0 to 16"));
	CHECK(has(error_with("weak", "true"), "alert.weak must be true or false"));
	CHECK(has(error_with("subscriber", "100.64.1.1/24"), "alert.subscriber is wrong: "));
	CHECK(has(error_with("key", "1234"), "alert.key must be 16 hexadecimal digits"));
	CHECK(has(error_with("key", "000000000000000g"), "alert.key must be 16 hexadecimal digits"));
	CHECK(has(error_with("voucher", 1), "alert.voucher must be an object"));
	CHECK(has(inner_error("voucher", "signers", json::array{"a@b.example", 5}), "alert.voucher.signers[1] must be a string"));
	CHECK(has(inner_error("voucher", "desk", 1), "alert.voucher.desk must be true or false"));
	CHECK(has(inner_error("attribution", "weight", 100'001), "alert.attribution.weight must be a whole number"));
	CHECK(has(inner_error("attribution", "proof", "word"), "alert.attribution.proof is wrong: "));
}

TEST_CASE("no field may be missing, and none may be added") {
	const json::object whole = json_of(full_row());
	for (const auto& field : whole) {
		json::object object = whole;
		object.erase(field.key());
		const auto read = parse_alert_row(object);
		REQUIRE(!read);
		CHECK(has(read.error().text, "alert." + std::string(field.key()) + " is missing"));
	}
	CHECK(has(error_with("extra", 1), "alert.extra is unknown here"));
	CHECK(has(inner_error("voucher", "extra", 1), "alert.voucher.extra is unknown here"));
	CHECK(has(inner_error("attribution", "extra", 1), "alert.attribution.extra is unknown here"));
}

TEST_CASE("a page that is none is refused, and the row that is wrong is numbered") {
	const auto error = [](std::string_view body) {
		const auto read = parse_alert_rows(body);
		return read ? std::string() : read.error().text;
	};
	CHECK(has(error("[]"), "expected \"schema\" 1"));
	CHECK(has(error(R"({"schema":2,"alerts":[]})"), "expected \"schema\" 1"));
	CHECK(has(error(R"({"schema":1})"), "expected an array \"alerts\""));
	CHECK(has(error(R"({"schema":1,"alerts":[5]})"), "alerts[0] must be an object, got \"5\""));
	CHECK(has(error(R"({"schema":1,"alerts":[)"), "expected one JSON object"));
	std::string body = body_of({bare_row(), bare_row()});
	body.replace(body.rfind("\"spam\""), 6, "\"ham!\"");
	CHECK(has(error(body), "alerts[1].kind is wrong: "));
}
