// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the store promises while all goes well: durability, remaining times, order, counting.
#include "edge/store/schema.h"
#include "store_fixture.h"

using namespace gate25;
using namespace gate25::test;

namespace {

void as_after_another_boot(const TemporaryDirectory& directory) {
	auto database = sql::Database::open(directory.database(), directory.path());
	REQUIRE(database.has_value());
	REQUIRE((*database)->run("UPDATE quarantine SET boot_id = zeroblob(16)").has_value());
}

} // namespace

TEST_CASE("what was stored is there after a restart, with all its fields") {
	const TemporaryDirectory directory;
	const Quarantine first = quarantine(1, "100.64.0.7");
	Quarantine manual = quarantine(2, "2001:db8:1000::/56");
	manual.until.reset();
	manual.reason = std::string("nul \0 and \xff bytes", 18);
	{
		OpenStore open(directory.path());
		CHECK(open.load(at_noon).next_id == 1);
		REQUIRE(open.commit({first, manual, exemption(3, "100.64.1.0/24")}).has_value());
		REQUIRE(open.commit({alert(4, "100.64.0.7", 1), audit(5, "100.64.0.7", 1)}).has_value());
	}
	OpenStore open(directory.path());
	const StoredState state = open.load(at_noon);
	CHECK(state.warning.empty());
	CHECK(state.next_id == 6);
	REQUIRE(ids(state.quarantines) == std::vector<std::uint64_t>{1, 2});
	const Quarantine& back = state.quarantines[0];
	CHECK(back.prefix == first.prefix);
	CHECK(back.level == first.level);
	CHECK(back.reason == first.reason);
	CHECK(back.by == first.by);
	CHECK(back.ticket == first.ticket);
	CHECK(back.from == first.from);
	CHECK(back.until == first.until);
	CHECK(!back.ended);
	CHECK(!state.quarantines[1].until);
	CHECK(state.quarantines[1].reason == manual.reason);
	REQUIRE(ids(state.exemptions) == std::vector<std::uint64_t>{3});
	CHECK(state.exemptions[0].owner == "ACME");
	CHECK(state.exemptions[0].prefix == prefix("100.64.1.0/24"));
	const History history = open.history({.within = {}, .id = 1, .since = {}});
	REQUIRE(ids(history.alerts) == std::vector<std::uint64_t>{4});
	CHECK(history.alerts[0].alert.port == 4321);
	CHECK(history.alerts[0].alert.count == 3);
	CHECK(history.alerts[0].alert.kind == AlertKind::bot);
	CHECK(history.alerts[0].alert.at == noon - Seconds{60});
	CHECK(history.alerts[0].outcome == Outcome::decided);
	REQUIRE(ids(history.audit) == std::vector<std::uint64_t>{5});
	CHECK(history.audit[0].who == "uid 1000 (anna)");
	CHECK(history.audit[0].why == "because");
}

TEST_CASE("a row with a known number replaces the older one, and what ended is not loaded") {
	const TemporaryDirectory directory;
	{
		OpenStore open(directory.path());
		Quarantine released = quarantine(1, "100.64.0.7");
		REQUIRE(open.commit({released, quarantine(2, "100.64.0.8")}).has_value());
		released.ended = noon + Seconds{60};
		released.ended_by = "root";
		released.ended_reason = "cleaned";
		Quarantine stricter = quarantine(2, "100.64.0.8");
		stricter.level = Level::garden;
		REQUIRE(open.commit({released, stricter}).has_value());
	}
	OpenStore open(directory.path());
	const StoredState state = open.load(at_noon);
	REQUIRE(ids(state.quarantines) == std::vector<std::uint64_t>{2});
	CHECK(state.quarantines[0].level == Level::garden);
	const History history = open.history({.within = {}, .id = 1, .since = {}});
	REQUIRE(history.quarantines.size() == 1);
	CHECK(history.quarantines[0].ended == noon + Seconds{60});
	CHECK(history.quarantines[0].ended_reason == "cleaned");
}

TEST_CASE("after a restart the remaining time is right, whatever the clock did") {
	const TemporaryDirectory directory;
	{
		OpenStore open(directory.path());
		REQUIRE(open.commit({quarantine(1, "100.64.0.7", std::chrono::hours{24})}).has_value());
	}
	const Seconds hour{3600};
	Now now = later(hour);
	const auto left = [&] {
		OpenStore open(directory.path());
		const StoredState state = open.load(now);
		REQUIRE(state.quarantines.size() == 1);
		return remaining(*state.quarantines[0].until, now);
	};
	CHECK(left() == 23 * hour);
	now.wall += 48 * hour;
	CHECK(left() == 23 * hour);
	now.wall -= 96 * hour;
	CHECK(left() == 23 * hour);
	as_after_another_boot(directory);
	now = {noon + 2 * hour, Milliseconds{10}};
	CHECK(left() == 22 * hour);
	now.wall = UnixTime(Seconds{0});
	CHECK(left() == 24 * hour);
}

TEST_CASE("what expired meanwhile is returned as over, not revived") {
	const TemporaryDirectory directory;
	{
		OpenStore open(directory.path());
		REQUIRE(open.commit({quarantine(1, "100.64.0.7", Seconds{60}), quarantine(2, "100.64.0.8")}).has_value());
	}
	for (const bool is_same_boot : {true, false}) {
		CAPTURE(is_same_boot);
		if (!is_same_boot) as_after_another_boot(directory);
		const Now now = is_same_boot ? later(Seconds{61}) : Now{noon + Seconds{61}, Milliseconds{7}};
		OpenStore open(directory.path());
		const StoredState state = open.load(now);
		REQUIRE(ids(state.quarantines) == std::vector<std::uint64_t>{1, 2});
		CHECK(remaining(*state.quarantines[0].until, now) == Seconds{0});
		CHECK(state.quarantines[0].until->wall == noon + Seconds{60});
		CHECK(remaining(*state.quarantines[1].until, now) > Seconds{0});
	}
}

TEST_CASE("load_each() hands over one by one what load() returns") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	REQUIRE(open.commit({quarantine(1, "100.64.0.7"), quarantine(2, "100.64.0.8")}).has_value());
	std::vector<std::uint64_t> handed_over;
	StoreVisitor visitor;
	visitor.quarantine = [&](Quarantine&& one) { handed_over.push_back(one.id); };
	auto state = open.store->load_each(at_noon, visitor);
	REQUIRE(state.has_value());
	CHECK(state->quarantines.empty());
	CHECK(state->next_id == 3);
	CHECK(handed_over == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("commits are answered in the order of the calls, also when many wait") {
	const TemporaryDirectory directory;
	std::vector<std::uint64_t> answered;
	{
		OpenStore open(directory.path());
		for (std::uint64_t id = 1; id <= 1000; ++id) {
			Quarantine one = quarantine(id, "100.64.0.0/24");
			one.prefix = Prefix::host(Address::ipv4(static_cast<std::uint32_t>(0x64400000 + id)));
			open.store->commit({one}, [&answered, id](const Result<void>& result) {
				CHECK(result.has_value());
				answered.push_back(id);
			});
		}
		open.loop.run_until([&] { return answered.size() == 1000; });
		CHECK(std::ranges::is_sorted(answered));
		CHECK(open.store->health().commits == 1000);
		CHECK(open.store->health().waiting == 0);
	}
	OpenStore open(directory.path());
	CHECK(open.load(at_noon).quarantines.size() == 1000);
}

TEST_CASE("what was handed over before the end is still written") {
	const TemporaryDirectory directory;
	{
		OpenStore open(directory.path());
		for (std::uint64_t id = 1; id <= 20; ++id) open.store->commit({quarantine(id, "100.64.0.7")}, nullptr);
	}
	OpenStore open(directory.path());
	CHECK(open.load(at_noon).quarantines.size() == 20);
}

TEST_CASE("the store counts how often a prefix was quarantined") {
	const TemporaryDirectory directory;
	const Prefix subscriber = prefix("100.64.0.7");
	{
		OpenStore open(directory.path());
		open.load(at_noon);
		Quarantine first = quarantine(1, "100.64.0.7");
		first.from = noon - Seconds{100};
		REQUIRE(open.commit({first, quarantine(2, "100.64.0.0/24")}).has_value());
		CHECK(open.store->count_since(subscriber, noon) == 0);
		CHECK(open.store->count_since(subscriber, noon - Seconds{100}) == 1);
		first.ended = noon;
		REQUIRE(open.commit({first}).has_value());
		REQUIRE(open.commit({quarantine(3, "100.64.0.7")}).has_value());
		CHECK(open.store->count_since(subscriber, noon) == 1);
		CHECK(open.store->count_since(subscriber, noon - Seconds{100}) == 2);
	}
	OpenStore open(directory.path());
	open.load(at_noon);
	CHECK(open.store->count_since(subscriber, noon) == 1);
	CHECK(open.store->count_since(subscriber, noon - Seconds{100}) == 2);
	CHECK(open.store->count_since(prefix("100.64.0.8"), noon - Seconds{100}) == 0);
}
