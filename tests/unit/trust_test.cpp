// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who speaks: by the kernel's word on the peer and by signatures, never by what the alert says of itself.
#include "core/trust.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

Config configured() {
	Config config;
	config.reporters = {{"suricata", 150, {"suricata"}, {}},
	                    {"fbl", 80, {"fblpipe"}, {"abuse@fbl.example", "fbl@fbl.example"}},
	                    {"trap", 300, {}, {"trap@trap.example"}}};
	return config;
}

Alert alert_from(const char* reporter, ReportFormat format = ReportFormat::json) {
	Alert alert;
	alert.reporter = reporter;
	alert.format = format;
	return alert;
}

Voucher user(const char* name) {
	Voucher voucher;
	voucher.user = name;
	return voucher;
}
Voucher desk(const char* name = "root") {
	Voucher voucher = user(name);
	voucher.is_desk = true;
	return voucher;
}
Voucher named(const char* name) {
	Voucher voucher = user(name);
	voucher.is_named = true;
	return voucher;
}
Voucher signed_by(std::vector<std::string> signers, Voucher voucher = user("nobody")) {
	voucher.signers = std::move(signers);
	return voucher;
}
Voucher mail(Voucher voucher) {
	voucher.is_mail = true;
	return voucher;
}

bool is(const Attribution& given, const char* name, Points weight, Proof proof) {
	CAPTURE(given.name);
	CAPTURE(given.weight);
	CAPTURE(proof_text(given.proof));
	CHECK(given.name == name);
	CHECK(given.weight == weight);
	CHECK(given.proof == proof);
	CHECK(!given.why.empty());
	return given.name == name && given.weight == weight && given.proof == proof;
}

} // namespace

TEST_CASE("proofs are read as they are printed") {
	for (const Proof proof : {Proof::none, Proof::user, Proof::desk, Proof::openpgp, Proof::forged})
		CHECK(parse_proof(proof_text(proof)).value() == proof);
	CHECK(!parse_proof("User"));
}

TEST_CASE("a reporter's user speaks for it, with its weight, whether he says so or not") {
	const Config config = configured();
	CHECK(is(attribute(config, alert_from(""), user("suricata")), "suricata", 150, Proof::user));
	CHECK(is(attribute(config, alert_from("suricata"), user("suricata")), "suricata", 150, Proof::user));
	CHECK(is(attribute(config, alert_from("sensor 3"), user("suricata")), "suricata", 150, Proof::user));
	CHECK(is(attribute(config, alert_from("anybody", ReportFormat::arf), mail(user("fblpipe"))), "fbl", 80, Proof::user));
}

TEST_CASE("a name in the alert proves nothing") {
	const Config config = configured();
	CHECK(is(attribute(config, alert_from("someone"), user("eve")), "someone", 0, Proof::none));
	CHECK(is(attribute(config, alert_from(""), user("eve")), "eve", 0, Proof::none));
	CHECK(is(attribute(config, alert_from(""), user("")), "", 0, Proof::none));
	CHECK(is(attribute(config, alert_from("fbl", ReportFormat::arf), mail(user("eve"))), "fbl", 0, Proof::none));
}

TEST_CASE("another reporter's name in our own format is a forgery, by whomever but the desk") {
	const Config config = configured();
	CHECK(is(attribute(config, alert_from("fbl"), user("eve")), "fbl", 0, Proof::forged));
	CHECK(is(attribute(config, alert_from("fbl"), named("eve")), "fbl", 0, Proof::forged));
	CHECK(is(attribute(config, alert_from("fbl"), user("suricata")), "fbl", 0, Proof::forged));
	CHECK(is(attribute(config, alert_from("fbl"), desk()), "fbl", 80, Proof::desk));
	CHECK(attribute(config, alert_from("fbl"), user("eve")).why == "user eve may not speak for reporter fbl");
}

TEST_CASE("the text of a report may name anybody") {
	const Config config = configured();
	for (const ReportFormat format : all_report_formats) {
		const Attribution given = attribute(config, alert_from("trap", format), user("suricata"));
		CHECK(given.proof == (format == ReportFormat::json ? Proof::forged : Proof::user));
		CHECK(given.name == (format == ReportFormat::json ? "trap" : "suricata"));
	}
}

TEST_CASE("whom alert_users names is believed for himself, but not for the mail that he hands over") {
	const Config config = configured();
	CHECK(is(attribute(config, alert_from("whoever"), named("ids")), "ids", one_point, Proof::user));
	CHECK(is(attribute(config, alert_from("whoever", ReportFormat::arf), mail(named("ids"))), "whoever", 0, Proof::none));
}

TEST_CASE("the desk is believed, under a reporter's name or its own") {
	const Config config = configured();
	CHECK(is(attribute(config, alert_from(""), desk()), "root", one_point, Proof::desk));
	CHECK(is(attribute(config, alert_from("a caller"), desk()), "a caller", one_point, Proof::desk));
	CHECK(is(attribute(config, alert_from(""), desk("suricata")), "suricata", 150, Proof::desk));
	CHECK(is(attribute(config, alert_from("x", ReportFormat::arf), mail(desk())), "x", one_point, Proof::desk));
}

TEST_CASE("a signature speaks for the reporter whose address it proves, whoever delivers") {
	const Config config = configured();
	for (const Voucher& by : {user("eve"), mail(user("eve")), user("suricata"), desk()}) {
		const Attribution given = attribute(config, alert_from("", ReportFormat::arf), signed_by({"fbl@fbl.example"}, by));
		CHECK(is(given, "fbl", 80, Proof::openpgp));
		CHECK(given.why == "signed by fbl@fbl.example");
	}
	CHECK(is(attribute(config, alert_from("", ReportFormat::arf), signed_by({"x@x.example", "trap@trap.example"})), "trap",
	         300, Proof::openpgp));
}

TEST_CASE("a signature by nobody's key proves no reporter") {
	const Config config = configured();
	const Attribution given = attribute(config, alert_from("", ReportFormat::arf), signed_by({"x@x.example"}, mail(user("eve"))));
	CHECK(is(given, "eve", 0, Proof::none));
	CHECK(given.why == "signed by x@x.example, who is no reporter in the configuration");
}

TEST_CASE("a name is borrowed with a signature as without one") {
	const Config config = configured();
	CHECK(is(attribute(config, alert_from("fbl"), signed_by({"fbl@fbl.example"})), "fbl", 80, Proof::openpgp));
	CHECK(is(attribute(config, alert_from("trap"), signed_by({"fbl@fbl.example"})), "trap", 0, Proof::forged));
	CHECK(is(attribute(config, alert_from("trap"), signed_by({"x@x.example"})), "trap", 0, Proof::forged));
	CHECK(is(attribute(config, alert_from("trap"), signed_by({"fbl@fbl.example"}, desk())), "fbl", 80, Proof::openpgp));
}

TEST_CASE("only a proven reporter has weight") {
	const Config config = configured();
	for (const char* name : {"", "fbl", "nobody"})
		for (const ReportFormat format : all_report_formats)
			for (const Voucher& by : {user("eve"), named("eve"), mail(named("eve")), desk(), user("suricata"), user(""),
			                          signed_by({"x@x.example"}), signed_by({"trap@trap.example"})}) {
				const Attribution given = attribute(config, alert_from(name, format), by);
				const bool is_proven = given.proof != Proof::none && given.proof != Proof::forged;
				CHECK((given.weight > 0) == is_proven);
			}
}
