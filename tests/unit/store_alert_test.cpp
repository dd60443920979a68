// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the store keeps of alerts: every field, how often they came again, pages of them, what a start is told.
#include "store_fixture.h"

#include <tuple>

using namespace gate25;
using namespace gate25::test;

namespace {

using Ids = std::vector<std::uint64_t>;

// Nothing in it is usual.
AlertRow odd_alert(std::uint64_t id, std::string_view from, unsigned length) {
	AlertRow row = alert(id, from);
	row.alert.kind = AlertKind::not_spam;
	row.alert.reporter = "somebody";
	row.alert.at.reset();
	row.alert.port.reset();
	row.alert.id = "<1@reporter.example>";
	row.alert.format = ReportFormat::arf;
	row.alert.is_weak = true;
	row.alert.evidence = std::string("Subject: watches\n\0and more", 26);
	row.voucher = {"postfix", true, false, true, {"abuse@fbl.example", "fbl@fbl.example"}};
	row.subscriber = Prefix::of(row.alert.address, length);
	row.reporter = {"fbl", 250, Proof::openpgp, "signed by abuse@fbl.example"};
	row.step = 8;
	row.outcome = Outcome::recorded;
	row.is_tallied = false;
	row.is_incident = true;
	row.key = ~std::uint64_t{0};
	row.repeats = 7;
	return row;
}

void check_same(const AlertRow& read, const AlertRow& written) {
	CAPTURE(written.id);
	CHECK(read.id == written.id);
	CHECK(read.received == written.received);
	const Alert& alert = read.alert;
	const Alert& meant = written.alert;
	CHECK(std::tie(alert.address, alert.kind, alert.reporter, alert.at, alert.port, alert.count, alert.id, alert.format,
	               alert.is_weak, alert.evidence) ==
	      std::tie(meant.address, meant.kind, meant.reporter, meant.at, meant.port, meant.count, meant.id, meant.format,
	               meant.is_weak, meant.evidence));
	CHECK(read.voucher.user == written.voucher.user);
	CHECK(read.voucher.is_desk == written.voucher.is_desk);
	CHECK(read.voucher.is_named == written.voucher.is_named);
	CHECK(read.voucher.is_mail == written.voucher.is_mail);
	CHECK(read.voucher.signers == written.voucher.signers);
	CHECK(read.subscriber == written.subscriber);
	CHECK(read.reporter.name == written.reporter.name);
	CHECK(read.reporter.weight == written.reporter.weight);
	CHECK(read.reporter.proof == written.reporter.proof);
	CHECK(read.reporter.why == written.reporter.why);
	CHECK(read.step == written.step);
	CHECK(read.outcome == written.outcome);
	CHECK(read.why == written.why);
	CHECK(read.is_tallied == written.is_tallied);
	CHECK(read.is_incident == written.is_incident);
	CHECK(read.decision == written.decision);
	CHECK(read.key == written.key);
	CHECK(read.repeats == written.repeats);
}

} // namespace

TEST_CASE("an alert comes back with all its fields, the usual and the odd, and one after the other") {
	const TemporaryDirectory directory;
	std::vector<AlertRow> written{alert(1, "100.64.0.7", 99), odd_alert(2, "2001:db8:1000::7", 64),
	                              alert(3, "2001:db8:1000::7"), odd_alert(4, "100.64.0.8", 30), alert(5, "100.64.0.9")};
	AlertRow desk = alert(6, "100.64.0.9");
	desk.voucher = {"root", true, false, false, {}};
	desk.reporter = {"ids", one_point, Proof::desk, "the desk, user root"};
	written.push_back(desk);
	desk.id = 7;
	desk.reporter.why = "user root"; // of another proof's words
	written.push_back(desk);
	AlertRow& empty = written.emplace_back();
	empty.id = 8;
	empty.alert.address = prefix("2001:db8::1").address();
	empty.subscriber = prefix("2001:db8::1");
	empty.step = 4;
	empty.outcome = Outcome::ignored;
	OpenStore open(directory.path());
	REQUIRE(open.commit({written.begin(), written.end()}).has_value());
	const std::vector<AlertRow> read = open.alerts({}, 0, 100);
	REQUIRE(read.size() == written.size());
	for (std::size_t i = 0; i < read.size(); ++i) check_same(read[i], written[i]);
	// Where one value is read into again and again nothing of the last one stays.
	std::vector<AlertRow> visited;
	StoreVisitor visitor;
	visitor.alert = [&](const AlertRow& row) { visited.push_back(row); };
	REQUIRE(open.store->load_each(at_noon, visitor).has_value());
	REQUIRE(visited.size() == written.size());
	for (std::size_t i = 0; i < visited.size(); ++i) check_same(visited[i], written[i]);
	const History history = open.history({.within = prefix("2001:db8:1000::/48"), .id = {}, .since = {}});
	REQUIRE(ids(history.alerts) == Ids{3, 2});
	check_same(history.alerts[1], written[1]);
}

TEST_CASE("a quarantine that is only watched comes back as that") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	Quarantine watched = quarantine(1, "100.64.0.7");
	watched.is_monitored = true;
	REQUIRE(open.commit({watched, quarantine(2, "2001:db8::/56")}).has_value());
	StoredState state = open.load(at_noon);
	REQUIRE(ids(state.quarantines) == Ids{1, 2});
	CHECK(state.quarantines[0].is_monitored);
	CHECK(!state.quarantines[1].is_monitored);
	watched.is_monitored = false;
	REQUIRE(open.commit({watched}).has_value());
	CHECK(!open.load(at_noon).quarantines[0].is_monitored);
}

TEST_CASE("an alert that came again is counted, one that is not there any more harms nothing") {
	const TemporaryDirectory directory;
	{
		OpenStore open(directory.path());
		REQUIRE(open.commit({alert(1, "100.64.0.7"), Repeat{1}, alert(2, "2001:db8::1")}).has_value());
		REQUIRE(open.commit({Repeat{1}, Repeat{2}, Repeat{77}}).has_value());
	}
	OpenStore open(directory.path());
	const auto rows = open.alerts({}, 0, 10);
	REQUIRE(ids(rows) == Ids{1, 2});
	CHECK(rows[0].repeats == 2);
	CHECK(rows[1].repeats == 1);
	CHECK(open.load(at_noon).next_id == 3);
}

TEST_CASE("alerts can be read page by page, whatever lies between them") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	std::vector<Change> changes;
	Ids expected;
	for (std::uint64_t id = 1; id <= 20'000; ++id) {
		if (id % 3 == 0) {
			changes.emplace_back(audit(id, "100.64.0.7"));
			continue;
		}
		AlertRow row = alert(id, id % 2 == 0 ? "100.64.0.7" : "2001:db8::1");
		// Old ones first, and one whose clock was wrong among the new.
		if (id < 15'000 || id == 19'999) row.received = noon - Seconds{1};
		else expected.push_back(id);
		changes.emplace_back(row);
	}
	REQUIRE(open.commit(std::move(changes)).has_value());
	for (const unsigned limit : {1'000U, 4'000U, 100'000U}) {
		CAPTURE(limit);
		Ids found;
		std::uint64_t after = 0;
		for (auto page = open.alerts(noon, after, limit); !page.empty(); page = open.alerts(noon, after, limit)) {
			CHECK(page.size() <= limit);
			for (const AlertRow& row : page) found.push_back(row.id);
			after = page.back().id;
		}
		CHECK(found == expected);
	}
	CHECK(open.alerts(noon, 0, 0).empty());
	CHECK(ids(open.alerts({}, 10, 3)) == Ids{11, 13, 14});
	CHECK(open.alerts({}, 20'000, 3).empty());
}

TEST_CASE("while many alerts are looked through, commits are not held up") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	std::vector<Change> changes;
	for (std::uint64_t id = 1; id <= 30'000; ++id) changes.emplace_back(alert(id, "100.64.0.7"));
	REQUIRE(open.commit(std::move(changes)).has_value());
	std::vector<std::string> order;
	open.store->alerts(noon + Seconds{1}, 0, 10, [&](const auto& rows) {
		CHECK(rows->empty());
		order.emplace_back("alerts");
	});
	open.store->commit({quarantine(40'000, "100.64.0.7")}, [&](const auto&) { order.emplace_back("commit"); });
	open.loop.run_until([&] { return order.size() == 2; });
	CHECK(order == std::vector<std::string>{"commit", "alerts"});
}

TEST_CASE("a start is told all alerts in their order, and of releases by a person the last") {
	const TemporaryDirectory directory;
	constexpr std::uint64_t count = 100'000;
	{
		OpenStore open(directory.path());
		std::vector<Change> changes;
		for (std::uint64_t id = 1; id <= count; ++id) {
			AlertRow row = alert(id, "100.64.0.7");
			row.alert.address = Address::ipv4(static_cast<std::uint32_t>(0x64400000 + id));
			row.subscriber = Prefix::host(row.alert.address);
			changes.emplace_back(row);
		}
		const auto ended = [&](std::uint64_t id, std::string_view who, Seconds ago, std::string by) {
			Quarantine one = quarantine(id, who);
			one.ended = noon - ago;
			one.ended_by = std::move(by);
			changes.emplace_back(one);
		};
		ended(count + 1, "100.64.0.7", Seconds{50}, "root");
		ended(count + 2, "100.64.0.7", Seconds{90}, "root");
		ended(count + 3, "100.64.0.7", Seconds{10}, "expired");
		ended(count + 4, "2001:db8::/56", max_report_memory, "root");
		ended(count + 5, "2001:db8:0:100::/56", max_report_memory + Seconds{1}, "root");
		REQUIRE(open.commit(std::move(changes)).has_value());
	}
	OpenStore open(directory.path());
	std::uint64_t last = 0;
	std::map<Prefix, UnixTime> released;
	StoreVisitor visitor;
	visitor.alert = [&](const AlertRow& row) {
		CHECK(row.id == last + 1);
		CHECK(row.subscriber == Prefix::host(row.alert.address));
		last = row.id;
	};
	visitor.tally = [](const Prefix&, const Tally&) { FAIL("nothing is old"); };
	visitor.release = [&](const Prefix& who, UnixTime when) { CHECK(released.emplace(who, when).second); };
	REQUIRE(open.store->load_each(at_noon, visitor).has_value());
	CHECK(last == count);
	CHECK(released == std::map<Prefix, UnixTime>{{prefix("100.64.0.7"), noon - Seconds{50}},
	                                             {prefix("2001:db8::/56"), noon - max_report_memory}});
	// Nobody is called who is not there.
	CHECK(open.store->load_each(at_noon, {}).has_value());
}
