// SPDX-License-Identifier: GPL-2.0-or-later
//
// What was said of a subscriber is added up for ever: never twice, and nothing is lost, whatever happens meanwhile.
#include "store_damage.h"

#include <csignal>
#include <map>
#include <sys/wait.h>
#include <unistd.h>

using namespace gate25;
using namespace gate25::test;

namespace {

using Tallies = std::map<Prefix, Tally>;

// What a start is told: the table, the alerts that are not in it, and both added.
struct Said {
	Tallies table, all;
	std::size_t alerts = 0;
};

Said said(SqliteStore& store, const Now& now) {
	Said found;
	StoreVisitor visitor;
	visitor.tally = [&](const Prefix& who, const Tally& tally) {
		CHECK(found.table.emplace(who, tally).second);
		found.all[who] = tally;
	};
	visitor.alert = [&](const AlertRow& row) {
		++found.alerts;
		if (row.is_tallied) found.all[row.subscriber].add(row.alert.kind, row.alert.count, row.reporter.weight);
	};
	auto state = store.load_each(now, visitor);
	REQUIRE_MESSAGE(state.has_value(), (state ? "" : state.error().text));
	return found;
}

Said said(const TemporaryDirectory& directory, const Now& now) {
	OpenStore open(directory.path());
	return said(*open.store, now);
}

// Subscribers of both families; each fifth alert does not count.
std::vector<Change> alerts_from(std::uint64_t first, std::uint64_t count, UnixTime received) {
	std::vector<Change> changes;
	for (std::uint64_t id = first; id < first + count; ++id) {
		AlertRow row = alert(id, "100.64.0.7");
		row.received = received;
		row.alert.kind = all_alert_kinds[id % all_alert_kinds.size()];
		row.alert.count = static_cast<std::uint32_t>(1 + id % 4);
		row.reporter.weight = static_cast<Points>(50 + id % 3 * 50);
		row.is_tallied = id % 5 != 0;
		const auto low = static_cast<std::uint8_t>(id % 251);
		const std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8, 0, 0, low, low, 7};
		row.alert.address = id % 2 == 0 ? Address::ipv4(0x64400000 + low) : Address::from_bytes(bytes);
		row.subscriber = Prefix::of(row.alert.address, id % 2 == 0 ? 32 : 56);
		changes.emplace_back(row);
	}
	return changes;
}

// A file apart from the thread that usually owns it.
struct OpenFile {
	explicit OpenFile(const TemporaryDirectory& path) : directory(*StateDirectory::claim(path.path())) {
		auto fault = sql::Fault::none;
		auto opened = StoreFile::open(directory, this_boot(), fault);
		REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().text));
		file = std::move(*opened);
	}
	void load(const Now& now) {
		BeginIndex begins;
		REQUIRE(file->load(now, {}, begins).has_value());
	}
	StateDirectory directory;
	std::unique_ptr<StoreFile> file;
};

void run_on_file(const TemporaryDirectory& directory, const char* script) {
	auto database = sql::Database::open(directory.database(), directory.path());
	REQUIRE(database.has_value());
	REQUIRE((*database)->run(script).has_value());
}

const Now in_time = later(max_report_memory + Seconds{60});

// Folds until it is killed.
[[noreturn]] void fold_as_child(const TemporaryDirectory& directory) {
	OpenFile open(directory);
	BeginIndex begins;
	auto ran = open.file->load(in_time, {}, begins).has_value();
	for (bool is_over = false; ran && !is_over;) {
		auto step = open.file->fold_step();
		ran = step.has_value();
		is_over = ran && *step;
	}
	_exit(ran ? 0 : 1);
}

} // namespace

TEST_CASE("the sums are right at each step, though the file is opened anew after each") {
	const TemporaryDirectory directory;
	Tallies expected;
	{
		OpenStore open(directory.path());
		REQUIRE(open.commit(alerts_from(1, 9'000, noon)).has_value());
		REQUIRE(open.commit(alerts_from(9'001, 500, in_time.wall - Seconds{60})).has_value());
		expected = said(*open.store, in_time).all;
	}
	CHECK(expected.size() == 2 * 251);
	std::size_t steps = 0;
	for (bool is_over = false; !is_over; ++steps) {
		REQUIRE(steps < 100);
		{
			OpenFile open(directory);
			open.load(in_time);
			auto step = open.file->fold_step();
			REQUIRE_MESSAGE(step.has_value(), (step ? "" : step.error().text));
			is_over = *step;
		}
		const Said now = said(directory, in_time);
		CHECK((now.all == expected));
		CHECK(now.alerts == 500 + 9'000 - std::min<std::size_t>(9'000, 2'000 * (steps + 1)));
	}
	CHECK(steps == 6);
	CHECK(said(directory, in_time).table.size() == 2 * 251);
}

TEST_CASE("a step that fails half way has not happened") {
	const TemporaryDirectory directory;
	{
		OpenStore open(directory.path());
		REQUIRE(open.commit(alerts_from(1, 3'000, noon)).has_value());
	}
	const Tallies expected = said(directory, in_time).all;
	const auto step = [&] {
		OpenFile open(directory);
		open.load(in_time);
		return open.file->fold_step();
	};
	REQUIRE(step().has_value());
	const Said before = said(directory, in_time);
	SUBCASE("one sum is refused") {
		run_on_file(directory, "CREATE TRIGGER stop BEFORE INSERT ON tally WHEN new.address = x'64400009'"
		                       " BEGIN SELECT RAISE(ABORT, 'no room'); END");
	}
	SUBCASE("how far it came is refused") {
		run_on_file(directory, "CREATE TRIGGER stop BEFORE UPDATE ON folded BEGIN SELECT RAISE(ABORT, 'no room'); END");
	}
	CHECK(!step().has_value());
	const Said after = said(directory, in_time);
	CHECK((after.table == before.table));
	CHECK(after.alerts == before.alerts);
	CHECK((after.all == expected));
	run_on_file(directory, "DROP TRIGGER stop");
	CHECK(step().value() == false);
	CHECK(step().value() == true);
	CHECK((said(directory, in_time).table == expected));
}

TEST_CASE("whoever adds up can be killed at any time") {
	const TemporaryDirectory directory;
	Tallies expected;
	{
		OpenStore open(directory.path());
		REQUIRE(open.commit(alerts_from(1, 40'000, noon)).has_value());
		expected = said(*open.store, in_time).all;
	}
	bool is_over = false;
	int killed = 0;
	double patience = 4'000; // microseconds; a random time to die, not a wait for something
	for (unsigned round = 0; round < 80 && !is_over; ++round, patience *= 1.1) {
		const pid_t child = fork();
		REQUIRE(child >= 0);
		if (child == 0) fold_as_child(directory);
		usleep(static_cast<useconds_t>(patience));
		kill(child, SIGKILL);
		int status = 0;
		REQUIRE(waitpid(child, &status, 0) == child);
		is_over = WIFEXITED(status);
		if (is_over) CHECK(WEXITSTATUS(status) == 0);
		killed += is_over ? 0 : 1;
		CHECK((said(directory, in_time).all == expected));
	}
	CHECK(is_over);
	CHECK(killed > 0);
	CHECK((said(directory, in_time).table == expected));
}

TEST_CASE("an alert is forgotten when it was added up, not before") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	Tallies expected;
	REQUIRE(open.commit(alerts_from(1, 5'000, noon)).has_value());
	expected = said(*open.store, at_noon).all;
	// Nothing is old yet: the audit may be forgotten, alerts are not.
	REQUIRE(open.commit({audit(6'000, "100.64.0.7")}).has_value());
	open.store->prune(noon + Seconds{1});
	ask_until([&] { return open.history({}).audit.empty(); });
	CHECK(open.alerts({}, 0, 10'000).size() == 5'000);
	CHECK(said(*open.store, in_time).table.empty());
	// Old, but kept for people to read.
	REQUIRE(open.commit({audit(6'001, "100.64.0.7")}).has_value());
	open.store->prune(noon);
	ask_until([&] { return said(*open.store, in_time).alerts == 0; });
	CHECK((said(*open.store, in_time).table == expected));
	CHECK(open.alerts({}, 0, 10'000).size() == 5'000);
	open.store->prune(noon + Seconds{1});
	ask_until([&] { return open.alerts({}, 0, 10'000).empty(); });
	CHECK((said(*open.store, in_time).table == expected));
	// The same subscribers again, later.
	REQUIRE(open.commit(alerts_from(10'000, 251 * 70, in_time.wall)).has_value());
	const Said more = said(*open.store, in_time);
	CHECK((more.table == expected));
	CHECK(more.all != expected);
	const Now much_later{in_time.wall + max_report_memory + Seconds{60}, in_time.boot};
	CHECK((said(*open.store, much_later).all == more.all));
	open.store->prune(much_later.wall);
	ask_until([&] { return open.alerts({}, 0, 100).empty(); });
	CHECK((said(*open.store, much_later).table == more.all));
	CHECK(open.load(much_later).next_id == 10'000 + 251 * 70);
}

TEST_CASE("alerts with a wrong time stop nobody and are not taken for old") {
	const TemporaryDirectory directory;
	const auto alerts_left = [&](const Now& now) {
		OpenFile open(directory);
		open.load(now);
		for (bool is_over = false; !is_over;) is_over = open.file->fold_step().value();
		open.file.reset();
		auto database = sql::Database::open(directory.database(), directory.path());
		return (*database)->integer("SELECT count(*) FROM alert WHERE id > (SELECT alert FROM folded)").value();
	};
	{
		OpenStore open(directory.path());
		REQUIRE(open.commit(alerts_from(1, 10, noon)).has_value());
		REQUIRE(open.commit(alerts_from(11, 10, noon + std::chrono::hours{24 * 4000})).has_value());
		REQUIRE(open.commit(alerts_from(21, 10, noon)).has_value());
		REQUIRE(open.commit(alerts_from(31, 10, in_time.wall - Seconds{100})).has_value());
		REQUIRE(open.commit(alerts_from(41, 10, UnixTime{})).has_value());
	}
	// The clock fell back: all of them are from the future, but those of then.
	CHECK(alerts_left({UnixTime{Seconds{1000}}, Milliseconds{1}}) == 50);
	// Those of a wrong clock between old ones are old, those behind a young one are not.
	CHECK(alerts_left(in_time) == 20);
	CHECK(alerts_left({in_time.wall + max_report_memory, Milliseconds{1}}) == 0);
}
