// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is taken over from a damaged file beside decisions: what was said of whom, reports, keys.
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
	auto state = open.store->load_each(in_time, visitor);
	REQUIRE_MESSAGE(state.has_value(), (state ? "" : state.error().text));
	told.state = std::move(*state);
	return told;
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

// In the file's own order of bytes; the page that the table or index begins at.
std::size_t root_page(const TemporaryDirectory& directory, const std::string& name) {
	auto database = sql::Database::open(directory.database(), directory.path());
	REQUIRE(database.has_value());
	auto page = (*database)->integer("SELECT rootpage FROM sqlite_schema WHERE name = '" + name + "'");
	REQUIRE(page.has_value());
	REQUIRE(page->has_value());
	return static_cast<std::size_t>(**page);
}

void overwrite(const TemporaryDirectory& directory, std::size_t page) {
	std::string bytes = bytes_of(directory.database());
	REQUIRE(bytes.size() >= page * 4096);
	bytes.replace((page - 1) * 4096, 4096, 4096, '\x5a');
	std::ofstream(directory.database(), std::ios::binary) << bytes;
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
	CHECK(told.state.next_id == 3'004);
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
	// The root of a tree that has more than one page says where its last one is.
	const std::string bytes = bytes_of(directory.database());
	const std::size_t pointer = (root_page(directory, "tally") - 1) * 4096 + 8;
	std::size_t page = 0;
	for (std::size_t i = 0; i < 4; ++i) page = page << 8U | static_cast<unsigned char>(bytes[pointer + i]);
	overwrite(directory, page);
	OpenStore open(directory.path());
	const Told told = load(open);
	CHECK(told.alerts.size() == 1'000);
	CHECK(told.tallies.size() > 50);
	CHECK(told.tallies.size() < before.size());
	for (const auto& [who, tally] : told.tallies) CHECK((tally == before.at(who)));
}
