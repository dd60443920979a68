// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which notices a decision leads to: one row for each channel, in its own transaction.
#include "flow/notices.h"

#include "wire/notice_address.h"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <set>

using namespace gate25;

namespace {

struct Told {
	NoticeRules rules;
	Now now{UnixTime(Seconds(1800000000)), Milliseconds(1000000)};
	Book book;
	Memory memory;
	std::uint64_t next_id = 100, random = 0;
	Notices notices{{[this]() -> const NoticeRules& { return rules; },
	                 [](const Prefix&) { return std::vector<Prefix>{*Prefix::parse("100.64.1.2"), *Prefix::parse("2001:db8:1000::/56")}; },
	                 [this] { return ++random; }, [](Level level) { return level == Level::port25; }, UnixTime(Seconds(1799999000))}};
	Quarantine quarantine;
	Alert alert;

	Told() {
		rules.enabled = true;
		rules.relay = "smtp://192.0.2.25:25";
		rules.from = "abuse@example.net";
		rules.mail_to = "{subscriber}@customers.example";
		rules.hooks = {{"tickets", "https://x.example/", "/k", {}}, {"chat", "https://y.example/", "/k", {"released"}}};
		memory.subscribers.put({"anna", "", "de"});
		quarantine.id = 7;
		quarantine.prefix = subscriber_key("anna");
		quarantine.from = now.wall;
		alert.address = *Address::parse("100.64.1.2");
	}
	void pass(Seconds time) {
		now.wall += time;
		now.boot += time;
	}
	std::vector<Notice> rows(Transaction& transaction) {
		std::vector<Notice> out;
		for (Change& change : transaction.take_rows())
			if (auto* notice = std::get_if<Notice>(&change)) out.push_back(std::move(*notice));
		return out;
	}
	std::vector<Notice> tell(NoticeKind kind, bool with_alert = true) {
		Transaction transaction(book, memory, next_id, now);
		notices.tell(transaction, {kind, quarantine, with_alert ? &alert : nullptr, 0});
		return rows(transaction);
	}
	std::vector<Notice> release() {
		quarantine.ended = now.wall;
		quarantine.ended_by = "root";
		return tell(NoticeKind::released, false);
	}
};

} // namespace

TEST_CASE("an event is one notice for each channel that wants it, with one code") {
	Told told;
	const auto rows = told.tell(NoticeKind::quarantined);
	REQUIRE(rows.size() == 2);
	CHECK(rows[0].channel == "mail");
	CHECK(rows[0].to == "anna@customers.example");
	CHECK(rows[1].channel == "tickets");
	CHECK(rows[1].to.empty());
	CHECK(rows[0].code == rows[1].code);
	CHECK(rows[0].id != rows[1].id);
	CHECK(rows[0].due == told.now.wall);
	CHECK(rows[0].decision == 7);
	const auto body = boost::json::parse(rows[0].body).get_object();
	CHECK(body.at("id").as_int64() == static_cast<std::int64_t>(rows[0].id));
	CHECK(body.at("addresses").as_array().size() == 2);
	CHECK(body.at("language").as_string() == "de");
	CHECK(body.at("alerts").as_int64() == 1);
	CHECK(told.memory.notices.size() == 2);
	CHECK(told.release().size() == 3);
}

TEST_CASE("the address of the desk goes before the pattern, and none is made of a bad id") {
	Told told;
	told.memory.subscribers.put({"anna", "anna@elsewhere.example", ""});
	CHECK(told.tell(NoticeKind::quarantined).front().to == "anna@elsewhere.example");
	told.memory.subscribers.put({"anna", "anna@elsewhere.example\r\nRCPT TO:<x@y.example>", ""});
	CHECK(told.tell(NoticeKind::quarantined).size() == 1);
	told.memory.subscribers.put({"a b", "", ""});
	told.quarantine.prefix = subscriber_key("a b");
	CHECK(told.tell(NoticeKind::quarantined).size() == 1);
	told.rules.hooks.clear();
	CHECK(told.tell(NoticeKind::quarantined).empty());
	CHECK(told.notices.untold() == 1);
}

TEST_CASE("of an address that nobody is known to hold only hooks are told") {
	Told told;
	told.quarantine.prefix = *Prefix::parse("2001:db8:1000:200::/56");
	const auto rows = told.tell(NoticeKind::quarantined);
	REQUIRE(rows.size() == 1);
	const auto body = boost::json::parse(rows[0].body).get_object();
	CHECK(body.at("subscriber").is_null());
	CHECK(body.at("addresses").as_array().at(0).as_string() == "2001:db8:1000:200::/56");
}

TEST_CASE("nobody is told of what is only monitored, or without [notices]") {
	Told told;
	told.quarantine.is_monitored = true;
	CHECK(told.tell(NoticeKind::quarantined).empty());
	told.quarantine.is_monitored = false;
	told.rules.enabled = false;
	CHECK(told.tell(NoticeKind::quarantined).empty());
}

TEST_CASE("further alerts wait for one digest, at most one in its time") {
	Told told;
	told.tell(NoticeKind::quarantined);
	const UnixTime first = told.now.wall;
	told.pass(Seconds(3600));
	const auto digest = told.tell(NoticeKind::digest);
	REQUIRE(digest.size() == 2);
	CHECK(digest[0].due == first + told.rules.digest);
	CHECK(since_of(digest[0].body) == first);
	for (int i = 0; i < 100; ++i) CHECK(told.tell(NoticeKind::digest).empty());
	// A courier has both; the next alert begins another one, which is due a day after that.
	told.pass(told.rules.digest);
	for (const Notice& one : digest) told.memory.notices.lease(one.id, told.now.boot + Milliseconds(300'000));
	told.memory.notices.tell(7, told.now.wall);
	const UnixTime second = told.now.wall;
	told.pass(Seconds(10));
	const auto next = told.tell(NoticeKind::digest);
	REQUIRE(next.size() == 2);
	CHECK(next[0].due == second + told.rules.digest);
	// Long after the last one there is nothing to wait for.
	for (const auto& rows : {digest, next})
		for (const Notice& one : rows) told.memory.notices.erase(one.id);
	told.pass(told.rules.digest * 3);
	CHECK(told.tell(NoticeKind::digest)[0].due == told.now.wall);
}

TEST_CASE("what was told before the start delays a digest") {
	Told told;
	told.quarantine.from = told.now.wall - Seconds(3600 * 24 * 9); // and nothing is remembered
	CHECK(told.tell(NoticeKind::digest)[0].due == UnixTime(Seconds(1799999000)) + told.rules.digest);
	Told young;
	young.quarantine.from = young.now.wall - Seconds(3600); // no digest can have been sent yet
	CHECK(young.tell(NoticeKind::digest)[0].due == young.quarantine.from + young.rules.digest);
}

TEST_CASE("the end of a quarantine takes the waiting digest with it") {
	Told told;
	told.tell(NoticeKind::quarantined);
	told.tell(NoticeKind::digest);
	CHECK(told.memory.notices.size() == 4);
	const auto rows = told.release();
	CHECK(told.memory.notices.size() == 5); // two of the beginning, three of the end
	CHECK(std::count_if(rows.begin(), rows.end(), [](const Notice& row) { return row.state == NoticeState::given_up; }) == 2);
}

TEST_CASE("a transaction that is taken back leaves nothing that waits") {
	Told told;
	Transaction transaction(told.book, told.memory, told.next_id, told.now);
	told.notices.tell(transaction, {NoticeKind::quarantined, told.quarantine, &told.alert, 0});
	CHECK(told.memory.notices.size() == 2);
	transaction.undo();
	CHECK(told.memory.notices.size() == 0);
	CHECK(told.memory.notices.channels().empty());
	told.tell(NoticeKind::quarantined);
	told.tell(NoticeKind::digest);
	Transaction end(told.book, told.memory, told.next_id, told.now);
	told.quarantine.ended = told.now.wall;
	told.notices.tell(end, {NoticeKind::released, told.quarantine, nullptr, 0});
	end.undo();
	CHECK(told.memory.notices.size() == 4);
}

TEST_CASE("codes are eight letters without look-alikes, and no two alike") {
	std::set<std::string> codes;
	for (std::uint64_t i = 0; i < 2000; ++i) {
		const std::string code = notice_code(i * 0x9e3779b97f4a7c15U);
		REQUIRE(code.size() == 9);
		CHECK(code[4] == '-');
		CHECK(code.find_first_of("ILOU") == std::string::npos);
		codes.insert(code);
	}
	CHECK(codes.size() == 2000);
	Told told;
	const std::string first = told.tell(NoticeKind::quarantined)[0].code;
	told.random = 0; // the same number comes again
	CHECK(told.tell(NoticeKind::changed)[0].code != first);
}

TEST_CASE("too many that wait are given up at once, and it is counted") {
	Told told;
	for (std::uint64_t i = 0; i < WaitingNotices::most; ++i) {
		Notice notice;
		notice.id = 1'000'000 + i;
		notice.decision = i;
		notice.channel = "mail";
		told.memory.notices.put(std::move(notice), told.now);
	}
	const auto rows = told.tell(NoticeKind::quarantined);
	REQUIRE(rows.size() == 2);
	CHECK(rows[0].state == NoticeState::given_up);
	CHECK(told.memory.notices.size() == WaitingNotices::most);
	CHECK(told.notices.refused() == 2);
}
