// SPDX-License-Identifier: GPL-2.0-or-later
//
// Looking back, and forgetting.
#include "store_fixture.h"

using namespace gate25;
using namespace gate25::test;

namespace {

using Ids = std::vector<std::uint64_t>;

HistoryQuery about(std::string_view where) {
	return {.within = prefix(where), .id = {}, .since = {}};
}

std::vector<Change> some_rows() {
	Quarantine ended = quarantine(4, "100.64.0.8");
	ended.ended = noon + Seconds{3600};
	return {quarantine(1, "100.64.0.7"),     quarantine(2, "100.64.0.0/24"), quarantine(3, "100.64.1.0/24"),
	        ended,                           quarantine(5, "2001:db8::/56"), quarantine(6, "2001:db8::/64"),
	        exemption(7, "100.64.0.0/16"),   exemption(8, "100.64.0.7"),     alert(10, "100.64.0.7", 1),
	        alert(11, "100.64.0.8"),         alert(12, "2001:db8::7", 6),    alert(13, "100.64.0.9", 2),
	        audit(20, "100.64.0.7", 1),      audit(21, "100.64.0.8"),        audit(22, "", 0),
	        audit(23, "100.64.0.0/23"),      audit(24, "2001:db8::/64", 6)};
}

} // namespace

TEST_CASE("the history of a host shows all decisions that contain it, newest first") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	REQUIRE(open.commit(some_rows()).has_value());
	History history = open.history(about("100.64.0.7"));
	CHECK(ids(history.quarantines) == Ids{2, 1});
	CHECK(ids(history.exemptions) == Ids{8, 7});
	CHECK(ids(history.alerts) == Ids{10});
	CHECK(ids(history.audit) == Ids{23, 20});
	history = open.history(about("100.64.0.8"));
	CHECK(ids(history.quarantines) == Ids{4, 2});
	CHECK(ids(history.alerts) == Ids{11});
	CHECK(ids(history.audit) == Ids{23, 21});
	history = open.history(about("2001:db8::7"));
	CHECK(ids(history.quarantines) == Ids{6, 5});
	CHECK(ids(history.exemptions).empty());
	CHECK(ids(history.alerts) == Ids{12});
	CHECK(ids(history.audit) == Ids{24});
}

TEST_CASE("the history of a prefix shows what it contains and what contains it") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	REQUIRE(open.commit(some_rows()).has_value());
	History history = open.history(about("100.64.0.0/23"));
	CHECK(ids(history.quarantines) == Ids{4, 3, 2, 1});
	CHECK(ids(history.exemptions) == Ids{8, 7});
	CHECK(ids(history.alerts) == Ids{13, 11, 10});
	CHECK(ids(history.audit) == Ids{23, 21, 20});
	CHECK(ids(open.history(about("2001:db8:0:0:8000::/65")).quarantines) == Ids{6, 5});
	CHECK(ids(open.history(about("0.0.0.0/0")).quarantines) == Ids{4, 3, 2, 1});
	CHECK(ids(open.history(about("::/0")).quarantines) == Ids{6, 5});
	CHECK(open.history(about("100.65.0.0/16")).quarantines.empty());
}

TEST_CASE("the history can be asked by number, by time and up to a limit") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	REQUIRE(open.commit(some_rows()).has_value());
	History history = open.history({.within = {}, .id = 1, .since = {}});
	CHECK(ids(history.quarantines) == Ids{1});
	CHECK(history.exemptions.empty());
	CHECK(ids(history.alerts) == Ids{10});
	CHECK(ids(history.audit) == Ids{20});
	CHECK(open.history({.within = {}, .id = 99, .since = {}}).quarantines.empty());
	history = open.history({.within = {}, .id = {}, .since = noon + Seconds{1}});
	CHECK(ids(history.quarantines) == Ids{4});
	CHECK(history.alerts.empty());
	HistoryQuery limited = about("100.64.0.0/16");
	limited.limit = 2;
	history = open.history(limited);
	CHECK(ids(history.quarantines) == Ids{4, 3});
	CHECK(history.audit.size() == 2);
	history = open.history({.within = {}, .id = {}, .since = {}});
	CHECK(ids(history.quarantines) == Ids{6, 5, 4, 3, 2, 1});
	CHECK(ids(history.audit) == Ids{24, 23, 22, 21, 20});
}

TEST_CASE("of a large prefix the newest are shown, wherever they lie") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	std::vector<Change> changes{quarantine(1, "100.64.0.0/10"), quarantine(2, "192.0.2.1")};
	for (std::uint64_t id = 3; id <= 300; ++id) {
		changes.emplace_back(quarantine(id, id % 3 == 0 ? "100.64.7.7" : "198.51.100.1"));
		changes.emplace_back(alert(1000 + id, id % 3 == 0 ? "100.64.7.7" : "198.51.100.1"));
	}
	REQUIRE(open.commit(std::move(changes)).has_value());
	HistoryQuery query = about("100.64.0.0/12");
	query.limit = 3;
	CHECK(ids(open.history(query).quarantines) == Ids{300, 297, 294});
	CHECK(ids(open.history(query).alerts) == Ids{1300, 1297, 1294});
	query = about("192.0.0.0/8");
	query.limit = 3;
	CHECK(ids(open.history(query).quarantines) == Ids{2});
	query = about("100.64.0.0/12");
	CHECK(open.history(query).quarantines.size() == 101);
}

TEST_CASE("the history sees every commit that was handed over before") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	for (std::uint64_t id = 1; id <= 50; ++id) {
		open.store->commit({quarantine(id, "100.64.0.7")}, nullptr);
		if (id % 10 == 0) CHECK(open.history(about("100.64.0.7")).quarantines.size() == id);
	}
}

TEST_CASE("prune() forgets what ended before, and numbers are not used again") {
	const TemporaryDirectory directory;
	const Prefix subscriber = prefix("100.64.0.8");
	{
		OpenStore open(directory.path());
		open.load(later(max_report_memory + Seconds{60}));
		REQUIRE(open.commit(some_rows()).has_value());
		Quarantine last = quarantine(9000, "100.64.0.8");
		last.ended = noon + Seconds{5};
		REQUIRE(open.commit({last}).has_value());
		CHECK(open.store->count_since(subscriber, noon) == 2);
		open.store->prune(noon);
		open.loop.run_until([&] { return open.history({}).quarantines.size() == 7; });
		CHECK(open.store->count_since(subscriber, noon) == 2);
		open.store->prune(noon + Seconds{1800});
		open.loop.run_until([&] { return open.store->count_since(subscriber, noon) == 1; });
		History history = open.history({});
		CHECK(ids(history.quarantines) == Ids{6, 5, 4, 3, 2, 1});
		CHECK(ids(history.exemptions) == Ids{8, 7});
		CHECK(history.alerts.empty());
		CHECK(history.audit.empty());
		open.store->prune(noon + Seconds{7200});
		open.loop.run_until([&] { return open.store->count_since(subscriber, noon) == 0; });
		CHECK(ids(open.history({}).quarantines) == Ids{6, 5, 3, 2, 1});
	}
	OpenStore open(directory.path());
	CHECK(open.load(at_noon).next_id == 9001);
	CHECK(open.store->count_since(subscriber, noon) == 0);
	CHECK(open.store->count_since(prefix("100.64.0.7"), noon) == 1);
}
