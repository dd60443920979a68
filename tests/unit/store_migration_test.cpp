// SPDX-License-Identifier: GPL-2.0-or-later
//
// A file of an older gate25 keeps all that is in it.
#include "core/subscriber_key.h"
#include "edge/store/schema.h"
#include "store_damage.h"

#include <map>
#include <sys/stat.h>

using namespace gate25;
using namespace gate25::test;

namespace {

// Times are those of noon (store_fixture.h) or some days before.
constexpr const char* rows_of_version_1 = R"sql(
INSERT INTO quarantine VALUES
	(1, 4, x'64400007', 32, 1795305600, NULL, NULL, NULL, NULL, 'port25', 'spam reported by ids', 'uid 33 (www-data)',
	 'RT#1', '', ''),
	(2, 6, x'20010db8100000000000000000000000', 64, 1795305600, NULL, NULL, NULL, NULL, 'mail', 'bot', 'root', '', '', ''),
	(3, 4, x'64400008', 32, 1795219200, 1795305000, NULL, NULL, NULL, 'garden', 'spam', 'root', '', 'uid 0 (root)', 'cleaned'),
	(4, 4, x'64400009', 32, 1795219200, 1795305000, NULL, NULL, NULL, 'garden', 'spam', 'root', '', 'expired', ''),
	(5, 6, x'20010db8000000000000000000000000', 56, 1795305600, NULL, NULL, NULL, NULL, 'mail', 'bot', 'root', '', '', '');
INSERT INTO exemption VALUES
	(9, 4, x'64400100', 24, 1795305600, NULL, NULL, NULL, NULL, 'a server', 'ACME', 'root', '', '');
INSERT INTO alert VALUES
	(10, 4, x'64400007', 1795305600, 1795305540, 4321, 3, 1, 'spam', 'ids', 'uid 33 (www-data)', 'decided',
	 'spam reported by ids, 3 times'),
	(11, 6, x'20010db8100000000000000000000007', 1795305600, NULL, NULL, 1, 2, 'bot', '', 'root', 'decided', 'bot'),
	(12, 6, x'20010db8100000000000000000000007', 1795305600, NULL, NULL, 1, 2, 'spam', 'fbl', 'root', 'recorded',
	 'it is in quarantine already, number 2'),
	(13, 4, x'64400007', 1795305600, NULL, NULL, 1, 0, 'ham', 'fbl', 'root', 'recorded', 'ham does not accuse'),
	(14, 6, x'20010db8000000000000000000000007', 1795305600, NULL, NULL, 2, 5, 'malware', 'fbl', 'root', 'decided', 'malware');
INSERT INTO audit VALUES (20, 1795305600, 1, 4, x'64400007', 32, 'root', 'quarantine', '100.64.0.7', 'because');
UPDATE last_number SET id = 20;
)sql";

void write_version_1(const TemporaryDirectory& directory, const char* rows) {
	auto database = sql::Database::open(directory.database(), directory.path());
	REQUIRE(database.has_value());
	REQUIRE(migrate(**database, store_migrations().first(1), directory.database()).has_value());
	auto ran = (*database)->run(rows);
	REQUIRE_MESSAGE(ran.has_value(), (ran ? "" : ran.error().text));
}

// What came with version 2; alerts up to 28 are added up.
constexpr const char* rows_of_version_2 = R"sql(
UPDATE folded SET alert = 28;
INSERT INTO tally VALUES (4, x'64400007', 32, 0, 300, 0, 0, 0);
INSERT INTO alert (id, family, address, received, count, decision, kind, reporter, made_by, outcome, why, flags, step, length)
	VALUES (29, 6, x'20010db8100000000000000000000007', 1795305600, 1, 2, 'bot', 'ids', 'suricata', 'decided', '', 18, 16, 64),
	(30, 4, x'64400007', 1795305600, 1, 0, 'bot', 'ids', 'suricata', 'recorded', '', 16, 13, NULL);
INSERT INTO held_report VALUES
	(31, 1795305600, NULL, NULL, NULL, 1, 0, 'aside', 'unknown', 'unreadable', 'root', NULL, '', '', '');
INSERT INTO held_bytes VALUES (31, x'', x'00ff');
INSERT INTO openpgp_key VALUES ('AA', 1795305600, CAST('key' AS BLOB));
UPDATE last_number SET id = 31;
)sql";

void write_version_2(const TemporaryDirectory& directory) {
	write_version_1(directory, rows_of_version_1);
	auto database = sql::Database::open(directory.database(), directory.path());
	REQUIRE(migrate(**database, store_migrations().first(2), directory.database()).has_value());
	auto ran = (*database)->run(rows_of_version_2);
	REQUIRE_MESSAGE(ran.has_value(), (ran ? "" : ran.error().text));
}

} // namespace

TEST_CASE("a store of schema 1 keeps its decisions and its audit") {
	const TemporaryDirectory directory;
	write_version_1(directory, rows_of_version_1);
	OpenStore open(directory.path());
	std::vector<Quarantine> standing;
	std::vector<std::pair<Prefix, UnixTime>> released;
	StoreVisitor visitor;
	visitor.quarantine = [&](Quarantine&& one) { standing.push_back(std::move(one)); };
	visitor.release = [&](const Prefix& who, UnixTime when) { released.emplace_back(who, when); };
	const auto state = open.store->load_each(at_noon, visitor);
	REQUIRE(state.has_value());
	CHECK(state->warning.empty());
	CHECK(state->next_id == 21);
	CHECK(state->held.empty());
	REQUIRE(ids(standing) == std::vector<std::uint64_t>{1, 2, 5});
	CHECK(!standing[0].is_monitored);
	CHECK(standing[0].ticket == "RT#1");
	CHECK(standing[1].level == Level::mail);
	CHECK(ids(state->exemptions) == std::vector<std::uint64_t>{9});
	// The one that expired was nobody's release.
	REQUIRE(released.size() == 1);
	CHECK(released[0] == std::pair(prefix("100.64.0.8"), UnixTime(Seconds{1795305000})));
	CHECK(ids(open.history({}).audit) == std::vector<std::uint64_t>{20});
	CHECK(ids(open.history({}).quarantines) == std::vector<std::uint64_t>{5, 4, 3, 2, 1});
}

TEST_CASE("alerts of schema 1 come back as what they were, and count") {
	const TemporaryDirectory directory;
	write_version_1(directory, rows_of_version_1);
	OpenStore open(directory.path());
	const std::vector<AlertRow> rows = open.alerts({}, 0, 100);
	REQUIRE(ids(rows) == std::vector<std::uint64_t>{10, 11, 12, 13, 14});
	const AlertRow& first = rows[0];
	CHECK(first.received == noon);
	CHECK(first.alert.at == noon - Seconds{60});
	CHECK(first.alert.port == 4321);
	CHECK(first.alert.count == 3);
	CHECK(first.alert.format == ReportFormat::json);
	CHECK(first.voucher.user == "uid 33 (www-data)");
	CHECK(!first.voucher.is_desk);
	CHECK(first.reporter.name == "ids");
	CHECK(first.reporter.weight == one_point);
	CHECK(first.reporter.why == "user uid 33 (www-data)");
	CHECK(first.step == 0);
	CHECK(first.outcome == Outcome::decided);
	CHECK(first.why == "spam reported by ids, 3 times");
	CHECK(first.subscriber == prefix("100.64.0.7"));
	CHECK(first.key == 0);
	CHECK(first.repeats == 0);
	CHECK(first.is_tallied);
	CHECK(!first.is_incident);
	// Its quarantine says that this subscriber was a /64; of an alert without one the usual length is assumed.
	CHECK(rows[1].subscriber == prefix("2001:db8:1000::/64"));
	CHECK(rows[1].reporter.name == "root");
	CHECK(rows[2].subscriber == prefix("2001:db8:1000::/56"));
	CHECK(rows[2].is_tallied);
	CHECK(rows[4].subscriber == prefix("2001:db8::/56"));
	CHECK(!rows[3].is_tallied);
	CHECK(ids(open.history({.within = prefix("2001:db8:1000::/48"), .id = {}, .since = {}}).alerts) ==
	      std::vector<std::uint64_t>{12, 11});
	REQUIRE(open.commit({Repeat{10}}).has_value());
	CHECK(open.alerts({}, 0, 1).at(0).repeats == 1);
	CHECK(open.alerts({}, 0, 1).at(0).is_tallied);
}

TEST_CASE("alerts of schema 1 that are old count in the tallies") {
	const TemporaryDirectory directory;
	write_version_1(directory, rows_of_version_1);
	const Now after = later(max_report_memory + Seconds{60});
	OpenStore open(directory.path());
	open.load(after);
	open.store->prune(after.wall);
	ask_until([&] { return open.alerts({}, 0, 100).empty(); });
	std::map<Prefix, Tally> tallies;
	StoreVisitor visitor;
	visitor.tally = [&](const Prefix& who, const Tally& tally) { tallies[who] = tally; };
	visitor.alert = [](const AlertRow&) { FAIL("it was forgotten"); };
	REQUIRE(open.store->load_each(after, visitor).has_value());
	CHECK(tallies.size() == 4);
	CHECK(tallies[prefix("100.64.0.7")].of(TallyKind::spam) == 300);
	CHECK(tallies[prefix("100.64.0.7")].of(TallyKind::ham) == 0);
	CHECK(tallies[prefix("2001:db8:1000::/64")].of(TallyKind::bot) == 100);
	CHECK(tallies[prefix("2001:db8:1000::/56")].of(TallyKind::spam) == 100);
	CHECK(tallies[prefix("2001:db8::/56")].of(TallyKind::malware) == 200);
}

TEST_CASE("a store of schema 2 keeps all that is in it, and knows subscribers from now on") {
	const TemporaryDirectory directory;
	write_version_2(directory);
	OpenStore open(directory.path());
	std::map<Prefix, Tally> tallies;
	std::vector<AlertRow> rows;
	StoreVisitor visitor;
	visitor.tally = [&](const Prefix& who, const Tally& tally) { tallies[who] = tally; };
	visitor.alert = [&](const AlertRow& row) { rows.push_back(row); };
	visitor.subscriber = [](Subscriber&&) { FAIL("there is none"); };
	visitor.notice = [](Notice&&) { FAIL("there is none"); };
	const auto state = open.store->load_each(at_noon, visitor);
	REQUIRE_MESSAGE(state.has_value(), (state ? "" : state.error().text));
	CHECK(state->warning.empty());
	CHECK(state->next_id == 32);
	CHECK(ids(state->held) == std::vector<std::uint64_t>{31});
	REQUIRE(ids(rows) == std::vector<std::uint64_t>{29, 30});
	CHECK(rows[0].subscriber == prefix("2001:db8:1000::/64"));
	CHECK(rows[0].voucher.is_named);
	CHECK(rows[1].subscriber == prefix("100.64.0.7"));
	CHECK(tallies.at(prefix("100.64.0.7")).of(TallyKind::spam) == 300);
	CHECK(open.find_key("AA")->bytes == "key");
	AlertRow again = rows[1];
	again.subscriber = subscriber_key("anna");
	REQUIRE(open.commit({again, Subscriber{"anna", "", ""}}).has_value());
	CHECK(ids(open.history({.within = subscriber_key("anna"), .id = {}, .since = {}}).alerts) ==
	      std::vector<std::uint64_t>{30});
	CHECK(ids(open.history({.within = prefix("100.64.0.7"), .id = {}, .since = {}}).alerts) ==
	      std::vector<std::uint64_t>{30, 13, 10});
}

TEST_CASE("a store of schema 2 that is damaged where the migration looks gives what can be read of it") {
	const TemporaryDirectory directory;
	write_version_2(directory);
	overwrite(directory, root_page(directory, "alert"));
	OpenStore open(directory.path());
	const StoredState state = open.load(at_noon);
	CHECK(contains(state.warning, "moved aside to "));
	CHECK(ids(state.quarantines) == std::vector<std::uint64_t>{1, 2, 5});
	CHECK(ids(state.exemptions) == std::vector<std::uint64_t>{9});
	CHECK(ids(state.held) == std::vector<std::uint64_t>{31});
	CHECK(state.next_id == 32);
	REQUIRE(open.commit({Subscriber{"anna", "", ""}}).has_value());
}

TEST_CASE("of a store of schema 2 that is damaged elsewhere the alerts are taken over too") {
	const TemporaryDirectory directory;
	write_version_2(directory);
	overwrite(directory, root_page(directory, "last_number"));
	sql::Fault fault = sql::Fault::none;
	const auto claimed = StateDirectory::claim(directory.path());
	REQUIRE(claimed.has_value());
	// As after a migration that failed: the file still has the old schema.
	const auto moved = claimed->move_aside();
	REQUIRE(moved.has_value());
	auto file = StoreFile::open(*claimed, this_boot(), fault);
	REQUIRE(file.has_value());
	CHECK((*file)->take_over(*moved) == 4);
	AlertSearch search{.since = {}, .after = 0, .limit = 100};
	REQUIRE((*file)->alerts(search).has_value());
	CHECK(ids(search.found) == std::vector<std::uint64_t>{29, 30});
}

TEST_CASE("a migration for which the disk has no room changes nothing, and succeeds later") {
	const TinyDisk disk;
	if (!disk.is_mounted()) {
		MESSAGE("skipped: no right to mount a small disk");
		return;
	}
	const std::string file = disk.path() + "/gate25.db";
	{
		auto database = sql::Database::open(file, disk.path());
		REQUIRE(database.has_value());
		REQUIRE(migrate(**database, store_migrations().first(1), file).has_value());
		REQUIRE((*database)->run(rows_of_version_1).has_value());
	}
	chmod(file.c_str(), 0600);
	disk.fill();
	{
		TestLoop loop;
		auto opened = SqliteStore::open(disk.path(), loop.post());
		REQUIRE(!opened.has_value());
		CHECK(contains(opened.error().text, "is full"));
	}
	disk.make_room();
	OpenStore open(disk.path());
	CHECK(open.load(at_noon).quarantines.size() == 3);
	CHECK(open.alerts({}, 0, 100).size() == 5);
}

TEST_CASE("an older gate25 refuses the store of this one and says so") {
	const TemporaryDirectory directory;
	store_some(directory, 3);
	auto database = sql::Database::open(directory.database(), directory.path());
	REQUIRE(database.has_value());
	const auto refused = migrate(**database, store_migrations().first(1), directory.database());
	REQUIRE(!refused.has_value());
	CHECK(refused.error().kind == ErrorKind::conflict);
	CHECK(contains(refused.error().text, "was written by a newer gate25 (schema 3, this one knows 1)"));
}
