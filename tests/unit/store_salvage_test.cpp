// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is taken over from a damaged file beside decisions: what was said of whom, reports, keys, subscribers, notices.
#include "core/subscriber_key.h"
#include "store_damage.h"

#include <map>

using namespace gate25;
using namespace gate25::test;

namespace {

using Ids = std::vector<std::uint64_t>;
using Tallies = std::map<Prefix, Tally>;

const Now in_time = later(max_report_memory + Seconds{60});

struct Told {
	StoredState state;
	Tallies tallies;
	std::vector<AlertRow> alerts;
	std::vector<Subscriber> subscribers;
	Ids waiting;
	Tallies all() const {
		Tallies sums = tallies;
		for (const AlertRow& row : alerts)
			if (row.is_tallied) sums[row.subscriber].add(row.alert.kind, row.alert.count, row.reporter.weight);
		return sums;
	}
};

Told load(OpenStore& open) {
	Told told;
	StoreVisitor visitor;
	visitor.tally = [&](const Prefix& who, const Tally& tally) { CHECK(told.tallies.emplace(who, tally).second); };
	visitor.alert = [&](const AlertRow& row) { told.alerts.push_back(row); };
	visitor.subscriber = [&](Subscriber&& one) { told.subscribers.push_back(std::move(one)); };
	visitor.notice = [&](Notice&& one) { told.waiting.push_back(one.id); };
	auto state = open.store->load_each(in_time, visitor);
	REQUIRE_MESSAGE(state.has_value(), (state ? "" : state.error().text));
	told.state = std::move(*state);
	return told;
}

std::vector<Notice> notices_of(OpenStore& open) {
	NoticeQuery query{.ids = {}, .subject = {}, .decision = {}, .code = {}, .state = {}};
	query.with_bodies = true;
	return open.answer<std::vector<Notice>>([&](auto done) { open.store->notices(query, std::move(done)); }).value();
}

HeldReport report(std::uint64_t id) {
	HeldReport made;
	made.id = id;
	made.received = noon;
	made.bytes = std::string(5'000, static_cast<char>(id));
	made.bytes[7] = '\0';
	made.signature = "sig";
	made.voucher.user = "postfix";
	return made;
}

Notice notice(std::uint64_t id, NoticeState state) {
	Notice made;
	made.id = id;
	made.made = made.due = noon;
	made.state = state;
	made.subject = subscriber_key("number 1");
	made.channel = std::string(mail_channel);
	made.to = "anna@customers.example";
	made.body = "{\"id\": " + std::to_string(id) + "}";
	return made;
}

constexpr unsigned subscriber_count = 800;

// A thousand old alerts that are added up, a thousand new ones that are not, and one of each of the others.
Tallies fill(const TemporaryDirectory& directory) {
	OpenStore open(directory.path());
	std::vector<Change> changes;
	for (std::uint64_t id = 1; id <= 2'000; ++id) {
		AlertRow row = alert(id, id % 2 == 0 ? "100.64.0.7" : "2001:db8:1000::7");
		if (row.alert.address.family() == Family::ipv4)
			row.alert.address = Address::ipv4(static_cast<std::uint32_t>(0x64400000 + id % 500));
		row.subscriber = Prefix::of(row.alert.address, row.alert.address.family() == Family::ipv4 ? 32 : 56);
		row.received = id <= 1'000 ? noon : in_time.wall;
		changes.emplace_back(row);
	}
	changes.emplace_back(quarantine(3'001, "100.64.0.7"));
	changes.emplace_back(report(3'002));
	changes.emplace_back(report(3'003));
	changes.emplace_back(StoredKey{"AA", noon, std::string("k\0y", 3)});
	for (unsigned i = 0; i < subscriber_count; ++i) changes.emplace_back(Subscriber{"number " + std::to_string(i), "", ""});
	changes.emplace_back(notice(3'004, NoticeState::waiting));
	changes.emplace_back(notice(3'005, NoticeState::sent));
	REQUIRE(open.commit(std::move(changes)).has_value());
	open.load(in_time);
	open.store->prune(noon);
	ask_until([&] { return load(open).alerts.size() == 1'000; });
	return load(open).all();
}

void run_on_file(const TemporaryDirectory& directory, const char* script) {
	auto database = sql::Database::open(directory.database(), directory.path());
	REQUIRE(database.has_value());
	auto ran = (*database)->run(script);
	REQUIRE_MESSAGE(ran.has_value(), (ran ? "" : ran.error().text));
}

} // namespace

TEST_CASE("when an index is damaged everything else is taken over") {
	const TemporaryDirectory directory;
	const Tallies expected = fill(directory);
	overwrite(directory, root_page(directory, "alert_decision"));
	OpenStore open(directory.path());
	const Told told = load(open);
	CHECK(contains(told.state.warning, "moved aside to "));
	CHECK(told.alerts.size() == 1'000);
	CHECK(told.alerts.front().id == 1'001);
	CHECK((told.all() == expected));
	CHECK(told.state.next_id == 3'006);
	CHECK(told.subscribers.size() == subscriber_count);
	CHECK(told.waiting == Ids{3'004});
	const auto notices = notices_of(open);
	REQUIRE(ids(notices) == Ids{3'005, 3'004});
	CHECK(notices[0].body == "{\"id\": 3005}");
	CHECK(notices[0].state == NoticeState::sent);
	CHECK(notices[1].to == "anna@customers.example");
	REQUIRE(ids(told.state.held) == Ids{3'002, 3'003});
	CHECK(told.state.held[0].size == 5'000);
	CHECK((open.held_report(3'003)->bytes == report(3'003).bytes));
	CHECK(open.held_report(3'003)->signature == "sig");
	REQUIRE(open.find_key("AA").has_value());
	CHECK(open.find_key("AA")->bytes == std::string("k\0y", 3));
	// And it goes on from there.
	open.store->prune(noon);
	REQUIRE(open.commit({Repeat{1'001}, alert(4'000, "100.64.0.7")}).has_value());
	CHECK(load(open).alerts.front().repeats == 1);
}

TEST_CASE("a row that cannot be read is left out, met in the middle of a start too") {
	const TemporaryDirectory directory;
	Tallies expected = fill(directory);
	Told told;
	SUBCASE("an alert") {
		run_on_file(directory, "UPDATE alert SET kind = 'poem' WHERE id = 1500");
		OpenStore open(directory.path());
		told = load(open);
		CHECK(contains(told.state.warning, "row 1500 has no valid kind"));
		CHECK(told.alerts.size() == 999);
		REQUIRE(expected[prefix("100.64.0.0")].of(TallyKind::bot) > 0);
		expected[prefix("100.64.0.0")].sums[static_cast<std::size_t>(TallyKind::bot)] -= 300;
		CHECK(ids(told.state.held) == Ids{3'002, 3'003});
	}
	SUBCASE("a tally") {
		run_on_file(directory, "UPDATE tally SET bot = -1 WHERE address = x'64400008'");
		OpenStore open(directory.path());
		told = load(open);
		CHECK(contains(told.state.warning, "has no valid sum"));
		CHECK(told.alerts.size() == 1'000);
		CHECK(told.tallies.find(prefix("100.64.0.8")) == told.tallies.end());
		expected[prefix("100.64.0.8")] = Tally();
		for (const AlertRow& row : told.alerts)
			if (row.subscriber == prefix("100.64.0.8")) expected[row.subscriber].add(AlertKind::bot, 3, one_point);
	}
	SUBCASE("a report") {
		run_on_file(directory, "UPDATE held_report SET state = 'lost' WHERE id = 3002");
		OpenStore open(directory.path());
		told = load(open);
		CHECK(contains(told.state.warning, "row 3002 has no valid state"));
		CHECK(ids(told.state.held) == Ids{3'003});
	}
	SUBCASE("an alert of a subscriber") {
		run_on_file(directory, "UPDATE alert SET subscriber = 17 WHERE id = 1501; UPDATE alert SET step = 99 WHERE id = 1500");
		OpenStore open(directory.path());
		told = load(open);
		CHECK(told.alerts.size() == 999);
		CHECK(told.alerts[499].subscriber == subscriber_key_of(17));
		expected = told.all();
	}
	SUBCASE("a subscriber: his name is not that of his key") {
		run_on_file(directory, "UPDATE subscriber SET id = 'number 99999' WHERE id = 'number 7'");
		OpenStore open(directory.path());
		told = load(open);
		CHECK(contains(told.state.warning, "has no valid name"));
		CHECK(told.subscribers.size() == subscriber_count - 1);
	}
	SUBCASE("a notice") {
		run_on_file(directory, "UPDATE notice SET kind = 'poem' WHERE id = 3004");
		OpenStore open(directory.path());
		told = load(open);
		CHECK(contains(told.state.warning, "row 3004 has no valid kind"));
		CHECK(told.waiting.empty());
		CHECK(ids(notices_of(open)) == Ids{3'005});
	}
	CHECK((told.all() == expected));
}

TEST_CASE("when nobody knows what was added up, the alerts themselves count") {
	const TemporaryDirectory directory;
	const Tallies expected = fill(directory);
	overwrite(directory, root_page(directory, "folded"));
	OpenStore open(directory.path());
	const Told told = load(open);
	CHECK(told.tallies.empty());
	CHECK(told.alerts.size() == 2'000);
	CHECK((told.all() == expected));
}

TEST_CASE("damage of one table leaves the others alone") {
	const TemporaryDirectory directory;
	const Tallies expected = fill(directory);
	overwrite(directory, root_page(directory, "openpgp_key"));
	OpenStore open(directory.path());
	const Told told = load(open);
	CHECK((told.all() == expected));
	CHECK(!open.find_key("AA"));
	CHECK(told.state.held.size() == 2);
}

TEST_CASE("damage of the tallies costs those that stand on the damaged page") {
	const TemporaryDirectory directory;
	fill(directory);
	Tallies before;
	{
		OpenStore open(directory.path());
		before = load(open).tallies;
	}
	overwrite(directory, last_page(directory, "tally"));
	OpenStore open(directory.path());
	const Told told = load(open);
	CHECK(told.alerts.size() == 1'000);
	CHECK(told.tallies.size() > 50);
	CHECK(told.tallies.size() < before.size());
	for (const auto& [who, tally] : told.tallies) CHECK((tally == before.at(who)));
}

TEST_CASE("damage of the subscribers costs those that stand on the damaged page, and no notice") {
	const TemporaryDirectory directory;
	const Tallies expected = fill(directory);
	overwrite(directory, last_page(directory, "subscriber"));
	OpenStore open(directory.path());
	const Told told = load(open);
	CHECK((told.all() == expected));
	CHECK(told.subscribers.size() > 300);
	CHECK(told.subscribers.size() < subscriber_count);
	CHECK(told.waiting == Ids{3'004});
}

TEST_CASE("a notice without its body is not taken over: it says nothing") {
	const TemporaryDirectory directory;
	fill(directory);
	run_on_file(directory, "DELETE FROM notice_body WHERE id = 3004; UPDATE alert SET kind = 'poem' WHERE id = 1500");
	OpenStore open(directory.path());
	CHECK(load(open).waiting.empty());
	CHECK(ids(notices_of(open)) == Ids{3'005});
}
