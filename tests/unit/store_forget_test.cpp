// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whoever is forgotten is in no row, and neither his name nor his address in any byte of any file.
#include "core/subscriber_key.h"
#include "edge/store/page_scrub.h"
#include "store_damage.h"

#include <map>
#include <random>

using namespace gate25;
using namespace gate25::test;

namespace {

using Ids = std::vector<std::uint64_t>;

const std::string name = "Annabella-Zwickenpflug-0815";
const std::string mail = "a.zwickenpflug@annabella.example";

// Any part of them would be too much.
std::string found_in_files(const std::string& directory) {
	for (const auto& file : std::filesystem::directory_iterator(directory)) {
		const std::string bytes = bytes_of(file.path());
		for (const std::string& text : {name, mail})
			for (std::size_t i = 0; i + 10 <= text.size(); ++i)
				if (contains(bytes, text.substr(i, 10))) return file.path().string() + " has " + text.substr(i, 10);
	}
	return "";
}

Notice notice(std::uint64_t id, const std::string& who, const std::string& to) {
	Notice made;
	made.id = id;
	made.made = made.due = noon;
	made.subject = subscriber_key(who);
	made.decision = 1;
	made.channel = std::string(mail_channel);
	made.to = to;
	made.body = "{\"subscriber\": \"" + who + "\"}" + std::string(id * 37 % 900, ' ');
	return made;
}

Quarantine ended(std::uint64_t id, const std::string& who) {
	Quarantine made = quarantine(id, "100.64.0.7");
	made.prefix = subscriber_key(who);
	made.reason = "he said: " + who;
	made.ended = noon + Seconds{5};
	made.ended_by = "subscriber " + who;
	return made;
}

AlertRow alert_about(std::uint64_t id, const std::string& who) {
	AlertRow made = alert(id, id % 2 == 0 ? "100.64.0.7" : "2001:db8::7");
	made.subscriber = subscriber_key(who);
	made.why = "spam by " + who;
	return made;
}

// Ids from `first` on: of everything something.
std::vector<Change> all_about(std::uint64_t first, const std::string& who, const std::string& to) {
	Exemption exempt = exemption(first + 1, "100.64.0.7");
	exempt.prefix = subscriber_key(who);
	exempt.owner = who;
	exempt.ended = noon;
	const std::string key = subscriber_key(who).text();
	return {ended(first, who),           exempt,
	        alert_about(first + 2, who), alert_about(first + 3, who),
	        audit(first + 4, key),       audit(first + 5, key, first),
	        audit(first + 6, key, 77),   audit(first + 7, who, 78), // of decisions that were pruned
	        notice(first + 8, who, to),  Subscriber{who, to, "de"}};
}

Result<std::uint64_t> forget(OpenStore& open, const Prefix& key) {
	return open.answer<std::uint64_t>([&](auto done) { open.store->forget(key, std::move(done)); });
}

struct Told {
	std::vector<Subscriber> subscribers;
	Ids notices, alerts;
	std::map<Prefix, Tally> tallies;
	StoredState state;
};

Told load(OpenStore& open, const Now& now = at_noon) {
	Told told;
	StoreVisitor visitor;
	visitor.subscriber = [&](Subscriber&& one) { told.subscribers.push_back(std::move(one)); };
	visitor.notice = [&](Notice&& one) { told.notices.push_back(one.id); };
	visitor.alert = [&](const AlertRow& row) { told.alerts.push_back(row.id); };
	visitor.tally = [&](const Prefix& who, const Tally& tally) { told.tallies[who] = tally; };
	auto state = open.store->load_each(now, visitor);
	REQUIRE_MESSAGE(state.has_value(), (state ? "" : state.error().text));
	told.state = std::move(*state);
	return told;
}

} // namespace

TEST_CASE("everything about a subscriber is forgotten, nothing about another one, and no number is lost") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	REQUIRE(open.commit(all_about(1, "bob", "bob@customers.example")).has_value());
	REQUIRE(open.commit(all_about(101, name, mail)).has_value());
	REQUIRE(open.store->count_since(subscriber_key(name), noon) == 1);
	CHECK(found_in_files(directory.path()) != "");
	const auto rows = forget(open, subscriber_key(name));
	REQUIRE_MESSAGE(rows.has_value(), (rows ? "" : rows.error().text));
	CHECK(*rows == 10);
	CHECK(found_in_files(directory.path()) == "");
	CHECK(std::filesystem::file_size(directory.database() + "-wal") == 0);
	CHECK(open.store->count_since(subscriber_key(name), noon) == 0);
	CHECK(open.store->count_since(subscriber_key("bob"), noon) == 1);
	const History left = open.history({});
	CHECK(ids(left.quarantines) == Ids{1});
	CHECK(ids(left.exemptions) == Ids{2});
	CHECK(ids(left.alerts) == Ids{4, 3});
	CHECK(ids(left.audit) == Ids{8, 7, 6, 5});
	const Told told = load(open);
	REQUIRE(told.subscribers.size() == 1);
	CHECK(told.subscribers[0].id == "bob");
	CHECK(told.notices == Ids{9});
	CHECK(told.state.next_id == 110);
	// It is as if he had never been, and may be said again.
	CHECK(forget(open, subscriber_key(name)).value() == 0);
	REQUIRE(open.commit(all_about(200, name, mail)).has_value());
	CHECK(open.history({.within = subscriber_key(name), .id = {}, .since = {}}).audit.size() == 2);
}

TEST_CASE("a tally is forgotten with its subscriber, and alerts of his that were not added up never are") {
	const TemporaryDirectory directory;
	const Now in_time = later(max_report_memory + Seconds{60});
	OpenStore open(directory.path());
	open.load(in_time);
	REQUIRE(open.commit({alert_about(1, name), alert_about(2, "bob")}).has_value());
	open.store->prune(noon);
	ask_until([&] { return load(open, in_time).alerts.empty(); });
	CHECK(load(open, in_time).tallies.size() == 2);
	REQUIRE(open.commit({alert_about(3, name), alert_about(4, "bob")}).has_value());
	CHECK(forget(open, subscriber_key(name)).value() == 3);
	open.store->prune(noon);
	ask_until([&] { return load(open, in_time).alerts.empty(); });
	const auto tallies = load(open, in_time).tallies;
	REQUIRE(tallies.size() == 1);
	CHECK(tallies.at(subscriber_key("bob")).of(TallyKind::bot) == 600);
	CHECK(found_in_files(directory.path()) == "");
}

TEST_CASE("who is in quarantine or exempt is not forgotten, nor is a prefix") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	REQUIRE(open.commit(all_about(1, name, mail)).has_value());
	SUBCASE("a quarantine") {
		Quarantine standing = ended(50, name);
		standing.ended.reset();
		REQUIRE(open.commit({standing}).has_value());
	}
	SUBCASE("an exemption") {
		Exemption standing = exemption(50, "100.64.0.7");
		standing.prefix = subscriber_key(name);
		REQUIRE(open.commit({standing}).has_value());
	}
	const auto refused = forget(open, subscriber_key(name));
	REQUIRE(!refused.has_value());
	CHECK(refused.error().kind == ErrorKind::conflict);
	CHECK(contains(refused.error().text, "the decision with number 50 of this subscriber stands: end it first"));
	const auto prefix_refused = forget(open, prefix("100.64.0.7"));
	REQUIRE(!prefix_refused.has_value());
	CHECK(prefix_refused.error().kind == ErrorKind::bad_input);
	CHECK(open.history({.within = subscriber_key(name), .id = {}, .since = {}}).alerts.size() == 2);
	CHECK(load(open).subscribers.size() == 1);
}

TEST_CASE("whatever was done to the rows before, no part of a name stays behind") {
	const TemporaryDirectory directory;
	std::mt19937 random(7);
	const auto dice = [&](unsigned sides) { return random() % sides; };
	OpenStore open(directory.path());
	std::map<std::uint64_t, Notice> notices;
	for (unsigned round = 0; round < 20; ++round) {
		std::vector<Change> changes;
		for (unsigned i = 0; i < 200; ++i) {
			const bool is_his = dice(3) == 0;
			Notice one = notice(1 + dice(6000), is_his ? name : "bob" + std::to_string(dice(50)), is_his ? mail : "b@example.org");
			const auto [known, is_new] = notices.try_emplace(one.id, one);
			if (!is_new) {
				one = known->second;
				one.problem = std::string(dice(300), 'p');
				one.to = one.to + std::string(dice(20), '.');
				one.state = dice(2) == 0 ? NoticeState::waiting : NoticeState::sent;
				one.ended = noon + Seconds{round};
			}
			changes.emplace_back(one);
			if (is_his) changes.emplace_back(Subscriber{name, mail + std::string(dice(50), 'x'), std::string(dice(9), 'l')});
			else changes.emplace_back(Subscriber{"bob" + std::to_string(dice(200)), std::string(dice(90), 'b'), ""});
		}
		REQUIRE(open.commit(std::move(changes)).has_value());
		open.store->prune(noon + Seconds{round});
	}
	REQUIRE(forget(open, subscriber_key(name)).value() > 100);
	CHECK(found_in_files(directory.path()) == "");
	// And nothing comes back with the next changes, nor is anything damaged.
	std::vector<Change> more;
	for (std::uint64_t id = 7000; id < 9000; ++id) more.emplace_back(notice(id, "carl", "c@example.org"));
	for (std::uint64_t id = 1; id < 6000; id += 3)
		if (notices.contains(id) && notices[id].to != mail) more.emplace_back(notice(id, "bob1", "changed@example.org"));
	REQUIRE(open.commit(std::move(more)).has_value());
	open.store.reset();
	CHECK(found_in_files(directory.path()) == "");
	auto database = sql::Database::open(directory.database(), directory.path());
	CHECK((*database)->check_whole().has_value());
	CHECK((*database)->integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'").value() == 0);
}

TEST_CASE("while somebody is forgotten, commits go on") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	std::vector<Change> changes{Subscriber{name, mail, ""}};
	for (std::uint64_t id = 1; id <= 5'000; ++id) changes.emplace_back(alert_about(id, name));
	REQUIRE(open.commit(std::move(changes)).has_value());
	std::vector<std::string> order;
	open.store->forget(subscriber_key(name), [&](const auto& rows) {
		CHECK(rows.value() == 5'001);
		order.emplace_back("forget");
	});
	open.store->commit({quarantine(9'000, "100.64.0.7")}, [&](const auto& result) {
		CHECK(result.has_value());
		order.emplace_back("commit");
	});
	open.loop.run_until([&] { return order.size() == 2; });
	CHECK(order == std::vector<std::string>{"commit", "forget"});
	CHECK(found_in_files(directory.path()) == "");
	CHECK(open.load(at_noon).next_id == 9'001);
	// Nor do they hold it up: it would not end if it looked through what they write.
	order.clear();
	open.store->forget(subscriber_key(name), [&](const auto&) { order.emplace_back("forget"); });
	std::uint64_t commits = 0;
	while (order.empty()) {
		REQUIRE(++commits < 50);
		REQUIRE(open.commit({audit(10'000 + commits, "100.64.0.7")}).has_value());
	}
}

TEST_CASE("another program that reads the file is named, and afterwards it can be done") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	REQUIRE(open.commit(all_about(1, name, mail)).has_value());
	{
		auto reader = sql::Database::open(directory.database(), directory.path());
		REQUIRE((*reader)->run("BEGIN; SELECT count(*) FROM notice").has_value());
		const auto refused = forget(open, subscriber_key(name));
		REQUIRE(!refused.has_value());
		CHECK(refused.error().kind == ErrorKind::busy);
		CHECK(contains(refused.error().text, "is used by another program; end that program, then forget him again"));
		REQUIRE(open.commit({quarantine(50, "100.64.0.7")}).has_value());
	}
	CHECK(forget(open, subscriber_key(name)).value() == 0);
	CHECK(found_in_files(directory.path()) == "");
	CHECK(ids(open.load(at_noon).quarantines) == Ids{50});
}

TEST_CASE("a file that nobody shares is wiped whole, whatever the size of its pages") {
	const TemporaryDirectory directory;
	auto database = sql::Database::open(directory.database(), directory.path());
	REQUIRE(database.has_value());
	REQUIRE((*database)
	            ->run("PRAGMA page_size = 2048; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
	                  "PRAGMA secure_delete = ON; CREATE TABLE one (who TEXT PRIMARY KEY, what INTEGER) WITHOUT ROWID;"
	                  "CREATE INDEX other ON one (what, who)")
	            .has_value());
	std::mt19937 random(3);
	auto add = (*database)->prepare("INSERT OR REPLACE INTO one VALUES (?1 || ?2, ?3)");
	REQUIRE(add.has_value());
	REQUIRE((*database)->run("BEGIN").has_value());
	for (int i = 0; i < 20'000; ++i) {
		const std::string who = std::to_string(random() % 5'000) + (random() % 3 == 0 ? name : " somebody");
		REQUIRE(add->bind(who, std::string(random() % 40, 'x'), static_cast<int>(random() % 1'000)).run().has_value());
	}
	REQUIRE((*database)->run("COMMIT; BEGIN").has_value());
	REQUIRE((*database)->run(("DELETE FROM one WHERE who LIKE '%" + name + "%'; COMMIT").c_str()).has_value());
	REQUIRE((*database)->empty_log().has_value());
	// What this is for: SQLite alone leaves some.
	CHECK(found_in_files(directory.path()) != "");
	REQUIRE(scrub_file(**database).has_value());
	CHECK(found_in_files(directory.path()) == "");
	CHECK((*database)->check_whole().has_value());
	CHECK((*database)->integer("SELECT count(*) FROM one").value().value_or(0) > 1'000);
}

TEST_CASE("the unused part of a page is what stands between its pointers and its rows") {
	std::string page(4096, 'x');
	const auto put = [&](std::size_t at, unsigned value) {
		page[at] = static_cast<char>(value >> 8U);
		page[at + 1] = static_cast<char>(value);
	};
	const auto check = [&](unsigned char kind, bool is_first, std::size_t first, std::size_t size) {
		const std::size_t start = is_first ? 100 : 0;
		page[start] = static_cast<char>(kind);
		put(start + 3, 10);
		put(start + 5, 4000);
		const auto found = unused_part(page, is_first);
		REQUIRE(found.has_value());
		CHECK(found->first == first);
		CHECK(found->size == size);
	};
	check(13, false, 28, 3972);
	check(10, false, 28, 3972);
	check(5, false, 32, 3968);
	check(2, false, 32, 3968);
	check(13, true, 128, 3872);
	page[0] = 13;
	put(3, 1996); // its pointers reach up to its rows
	CHECK(!unused_part(page, false));
	put(3, 2040); // or beyond: damage
	CHECK(!unused_part(page, false));
	put(3, 0);
	put(5, 4097);
	CHECK(!unused_part(page, false));
	for (const char other : {'\0', '\1', '\3', '\7', 'S'}) {
		page[0] = other;
		CHECK(!unused_part(page, false));
	}
}
