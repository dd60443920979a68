// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is remembered for judging the next alert, and when two reports are the same one.
#include "core/memory.h"

#include "judge_case.h"

#include <doctest/doctest.h>
#include <set>

using namespace gate25;

namespace {

AlertRow row(Outcome outcome = Outcome::recorded) {
	AlertRow row;
	row.id = 5;
	row.received = noon;
	row.alert.address = address_at("100.64.1.1");
	row.subscriber = prefix_at("100.64.1.1");
	row.reporter = {"fbl", one_point, Proof::user, "user fbl"};
	row.outcome = outcome;
	row.is_tallied = true;
	row.is_incident = outcome == Outcome::recorded;
	row.key = 99;
	return row;
}

Attribution by(const char* name, Proof proof = Proof::user) { return {name, proof == Proof::none ? 0 : one_point, proof, "why"}; }

Alert dated_alert() {
	Alert alert;
	alert.address = address_at("100.64.1.1");
	alert.at = noon;
	return alert;
}

Alert alert_with_id(const char* id) {
	Alert alert = dated_alert();
	alert.id = id;
	return alert;
}

HeldReport held_report(std::uint64_t id, std::uint64_t size, HeldState state = HeldState::aside) {
	HeldReport held;
	held.id = id;
	held.size = size;
	held.state = state;
	held.bytes = "bytes";
	held.signature = "signature";
	return held;
}

} // namespace

// --- whether two reports are one --------------------------------------------------------------------

TEST_CASE("a report without an identifier and without a time is like no other") {
	Alert alert;
	CHECK(report_key(alert, by("fbl")) == 0);
	alert.at = noon;
	CHECK(report_key(alert, by("fbl")) != 0);
	alert.at.reset();
	alert.id = "x";
	CHECK(report_key(alert, by("fbl")) != 0);
}

TEST_CASE("the same identifier of the same reporter for the same address and kind is the same report, whatever else it says") {
	Alert other = alert_with_id("<1@fbl.example>");
	other.count = 7;
	other.at = noon + an_hour;
	CHECK(report_key(alert_with_id("<1@fbl.example>"), by("fbl")) == report_key(other, by("fbl")));
	CHECK(report_key(alert_with_id("<2@fbl.example>"), by("fbl")) != report_key(other, by("fbl")));
	CHECK(report_key(other, by("trap")) != report_key(other, by("fbl")));
	Alert elsewhere = other;
	elsewhere.address = address_at("2001:db8:1000:100::1");
	CHECK(report_key(elsewhere, by("fbl")) != report_key(other, by("fbl")));
	Alert harsher = other;
	harsher.kind = AlertKind::malware;
	CHECK(report_key(harsher, by("fbl")) != report_key(other, by("fbl")));
}

TEST_CASE("without an identifier address, kind, time and port tell incidents apart") {
	std::set<std::uint64_t> keys;
	unsigned made = 0;
	for (const char* address : {"100.64.1.1", "100.64.1.2", "2001:db8:1000:100::1", "2001:db8:1000:100::2"})
		for (const AlertKind kind : all_alert_kinds)
			for (const int second : {0, 1})
				for (const std::uint16_t port : std::initializer_list<std::uint16_t>{0, 1, 256}) {
					Alert alert = dated_alert();
					alert.address = address_at(address);
					alert.kind = kind;
					alert.at = noon + Seconds(second);
					if (port != 0) alert.port = port;
					keys.insert(report_key(alert, by("fbl")));
					++made;
				}
	CHECK(keys.size() == made);
	Alert counted = dated_alert();
	counted.count = 9;
	counted.evidence = "other words";
	CHECK(report_key(counted, by("fbl")) == report_key(dated_alert(), by("fbl")));
}

TEST_CASE("what a stranger sends first never hides what the reporter says later") {
	std::set<std::uint64_t> of_strangers, of_the_proven;
	for (int i = 0; i < 1000; ++i) {
		const Alert alert = alert_with_id(std::to_string(i).c_str());
		of_strangers.insert(report_key(alert, by("fbl", Proof::none)));
		for (const Proof proof : {Proof::user, Proof::desk, Proof::openpgp})
			of_the_proven.insert(report_key(alert, by("fbl", proof)));
	}
	CHECK(of_strangers.size() == 1000);
	CHECK(of_the_proven.size() == 1000);
	for (const std::uint64_t key : of_strangers) CHECK(!of_the_proven.contains(key));
}

TEST_CASE("the number of a report is the same for ever: it stands in rows") {
	CHECK(text_hash("fbl") == 604957315467089333U);
	CHECK(report_key(alert_with_id("<1@fbl.example>"), by("fbl")) == 13357959161686347899U);
	CHECK(report_key(dated_alert(), by("fbl")) == 8105758644907055667U);
}

TEST_CASE("a report is seen for as long as it is asked for") {
	SeenReports seen;
	seen.add(7, 100, noon);
	CHECK(seen.find(7, noon) == 100);
	CHECK(seen.find(7, noon - an_hour) == 100);
	CHECK(seen.find(7, noon + Seconds(1)) == 0);
	CHECK(seen.find(8, noon) == 0);
	seen.add(7, 200, noon + an_hour);
	CHECK(seen.find(7, noon + an_hour) == 200);
	seen.remove(7);
	CHECK(seen.find(7, noon) == 0);
	seen.add(0, 300, noon);
	CHECK(seen.find(0, noon) == 0);
	CHECK(seen.size() == 0);
}

TEST_CASE("half a million reports of the proven are remembered and no more; the oldest go first") {
	SeenReports seen;
	const auto key_of = [](std::uint64_t number) { return 2 * number + 1; }; // odd: proven
	for (std::uint64_t i = 1; i <= SeenReports::most + 10; ++i) seen.add(key_of(i), i, noon);
	CHECK(seen.size() == SeenReports::most);
	CHECK(seen.find(key_of(10), noon) == 0);
	CHECK(seen.find(key_of(11), noon) == 11);
	CHECK(seen.find(key_of(SeenReports::most + 10), noon) == SeenReports::most + 10);
	// However much strangers send, it pushes none of these out.
	for (std::uint64_t i = 1; i <= SeenReports::most + 10; ++i) seen.add(2 * i, i, noon);
	CHECK(seen.find(key_of(11), noon) == 11);
}

TEST_CASE("adding and taking back for ever costs no memory for ever") {
	SeenReports seen;
	seen.add(1, 1, noon);
	for (std::uint64_t i = 0; i < 2 * SeenReports::most + 10; ++i) {
		seen.add(3, i, noon);
		seen.remove(3);
	}
	CHECK(seen.find(1, noon) == 0); // the oldest made room
	CHECK(seen.size() == 0);
}

// --- what is remembered of a subscriber --------------------------------------------------------------

TEST_CASE("a recorded accusation is counted and corroborates") {
	Memory memory;
	memory.remember(row());
	const Dossier* dossier = memory.dossiers.find(prefix_at("100.64.1.1"));
	REQUIRE(dossier != nullptr);
	CHECK(dossier->tally.of(TallyKind::spam) == one_point);
	CHECK(dossier->incidents == std::vector<Incident>{{noon, text_hash("fbl")}});
	CHECK(memory.seen.find(99, noon) == 5);
}

TEST_CASE("an incident is from when it happened, if that was said") {
	Memory memory;
	AlertRow dated = row();
	dated.alert.at = noon - an_hour;
	memory.remember(dated);
	CHECK(memory.dossiers.find(dated.subscriber)->incidents.front().at == noon - an_hour);
}

TEST_CASE("what led to a quarantine corroborates no further one") {
	Memory memory;
	memory.remember(row());
	memory.remember(row());
	memory.remember(row(Outcome::decided));
	const Dossier* dossier = memory.dossiers.find(prefix_at("100.64.1.1"));
	CHECK(dossier->incidents.empty());
	CHECK(dossier->tally.of(TallyKind::spam) == 3 * one_point);
}

TEST_CASE("a stranger's word leaves no trace but that it was seen") {
	Memory memory;
	AlertRow stranger = row();
	stranger.is_tallied = stranger.is_incident = false;
	memory.remember(stranger);
	CHECK(memory.dossiers.size() == 0);
	CHECK(memory.seen.find(99, noon) == 5);
}

TEST_CASE("what was put aside is not seen: when it is judged once more, it is no duplicate of itself") {
	Memory memory;
	AlertRow aside = row(Outcome::aside);
	aside.is_tallied = aside.is_incident = false;
	memory.remember(aside);
	CHECK(memory.seen.find(99, noon) == 0);
}

TEST_CASE("a hundred incidents are kept of one subscriber, the newest") {
	Memory memory;
	for (int i = 0; i < 250; ++i) {
		AlertRow dated = row();
		dated.alert.at = noon + Seconds(i);
		memory.remember(dated);
	}
	const auto& incidents = memory.dossiers.find(prefix_at("100.64.1.1"))->incidents;
	CHECK(incidents.size() == 100);
	CHECK(incidents.front().at == noon + Seconds(150));
	CHECK(incidents.back().at == noon + Seconds(249));
}

TEST_CASE("subscribers of both families are kept apart, and forgotten when told") {
	Dossiers dossiers;
	dossiers.of(prefix_at("100.64.1.1")).released = noon;
	dossiers.of(prefix_at("2001:db8:1000:100::/56")).released = noon + an_hour;
	CHECK(dossiers.find(prefix_at("100.64.1.1"))->released == noon);
	CHECK(dossiers.find(prefix_at("2001:db8:1000:100::/56"))->released == noon + an_hour);
	CHECK(dossiers.find(prefix_at("2001:db8:1000:100::/64")) == nullptr);
	dossiers.put(prefix_at("100.64.1.1"), std::nullopt);
	CHECK(dossiers.find(prefix_at("100.64.1.1")) == nullptr);
	dossiers.put(prefix_at("100.64.1.1"), Dossier());
	CHECK(dossiers.size() == 2);
}

// --- the inbox ------------------------------------------------------------------------------------------

TEST_CASE("the inbox holds reports without their bytes, until they are closed") {
	Inbox inbox;
	inbox.put(held_report(1, 10));
	inbox.put(held_report(2, 20, HeldState::waiting));
	CHECK(inbox.find(1)->bytes.empty());
	CHECK(inbox.find(1)->signature.empty());
	CHECK(inbox.count(HeldState::aside) == 1);
	CHECK(inbox.count(HeldState::waiting) == 1);
	inbox.put(held_report(1, 10, HeldState::closed));
	CHECK(inbox.find(1) == nullptr);
	CHECK(inbox.held().size() == 1);
	inbox.erase(77);
	CHECK(inbox.held().size() == 1);
}

TEST_CASE("the inbox is full by bytes, and what is put twice counts once") {
	Inbox inbox;
	const std::uint64_t half = Inbox::most_bytes / 2;
	inbox.put(held_report(1, half));
	inbox.put(held_report(1, half));
	CHECK(inbox.has_room_for(half));
	CHECK(!inbox.has_room_for(half + 1));
	inbox.erase(1);
	CHECK(inbox.has_room_for(Inbox::most_bytes));
}

TEST_CASE("the inbox is full by number") {
	Inbox inbox;
	for (std::uint64_t id = 1; id <= Inbox::most_reports; ++id) {
		CHECK(inbox.has_room_for(0));
		inbox.put(held_report(id, 0));
	}
	CHECK(!inbox.has_room_for(0));
}
