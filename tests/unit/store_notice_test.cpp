// SPDX-License-Identifier: GPL-2.0-or-later
//
// The outbox: every field of a notice, those that wait, questions, and how they are forgotten.
#include "core/subscriber_key.h"
#include "store_damage.h"

#include <tuple>

using namespace gate25;
using namespace gate25::test;

namespace {

using Ids = std::vector<std::uint64_t>;

Notice notice(std::uint64_t id, const Prefix& subject, NoticeState state = NoticeState::waiting) {
	Notice made;
	made.id = id;
	made.made = noon;
	made.kind = NoticeKind::released;
	made.state = state;
	made.subject = subject;
	made.decision = 7;
	made.channel = std::string(mail_channel);
	made.to = "anna@customers.example";
	made.code = "K7QF-" + std::to_string(id);
	made.body = R"({"level": "port25", "name": "Ann\u0000a"})" + std::string("\0end", 4);
	made.due = noon + Seconds{30};
	if (state != NoticeState::waiting) made.ended = noon + Seconds{60};
	return made;
}

auto all_of(const Notice& n) {
	return std::tie(n.id, n.made, n.kind, n.state, n.subject, n.decision, n.channel, n.to, n.code, n.body, n.tries, n.due,
	                n.problem, n.ended);
}

std::vector<Notice> ask(OpenStore& open, NoticeQuery query) {
	auto found =
		open.answer<std::vector<Notice>>([&](auto done) { open.store->notices(std::move(query), std::move(done)); });
	REQUIRE_MESSAGE(found.has_value(), (found ? "" : found.error().text));
	return std::move(*found);
}

std::vector<Notice> waiting_of(OpenStore& open) {
	std::vector<Notice> found;
	StoreVisitor visitor;
	visitor.notice = [&](Notice&& one) { found.push_back(std::move(one)); };
	REQUIRE(open.store->load_each(at_noon, visitor).has_value());
	return found;
}

NoticeQuery asking() {
	return {.ids = {}, .subject = {}, .decision = {}, .code = {}, .state = {}};
}

} // namespace

TEST_CASE("a notice comes back with all its fields, and a start is told of those that wait, without bodies") {
	const TemporaryDirectory directory;
	Notice tried = notice(2, prefix("2001:db8::/56"));
	tried.kind = NoticeKind::quarantined;
	tried.channel = "tickets";
	tried.to = "";
	tried.tries = 4'000'000'000;
	tried.problem = "451 try again\nlater";
	tried.decision = 0;
	tried.code = "";
	tried.body = "";
	const Notice gone = notice(3, subscriber_key("anna"), NoticeState::given_up);
	const Notice first = notice(1, subscriber_key("anna"));
	{
		OpenStore open(directory.path());
		REQUIRE(open.commit({first, tried, gone}).has_value());
	}
	OpenStore open(directory.path());
	auto query = asking();
	query.with_bodies = true;
	const auto found = ask(open, query);
	REQUIRE(found.size() == 3);
	CHECK(all_of(found[0]) == all_of(gone));
	CHECK(all_of(found[1]) == all_of(tried));
	CHECK(all_of(found[2]) == all_of(first));
	const auto waiting = waiting_of(open);
	REQUIRE(ids(waiting) == Ids{1, 2});
	CHECK(waiting[0].body.empty());
	CHECK(waiting[0].to == first.to);
	CHECK(waiting[1].tries == tried.tries);
	CHECK(open.load(at_noon).next_id == 4);
}

TEST_CASE("notices are found by number, subject, decision and code, newest first, and spare their bodies") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	const Prefix anna = subscriber_key("anna");
	std::vector<Change> changes;
	for (std::uint64_t id = 1; id <= 20; ++id) {
		Notice one = notice(id, id % 2 == 0 ? anna : prefix("100.64.0.7"), id % 3 == 0 ? NoticeState::sent : NoticeState::waiting);
		one.decision = id % 5;
		changes.emplace_back(one);
	}
	REQUIRE(open.commit(std::move(changes)).has_value());
	auto query = asking();
	query.ids = {3, 20, 7, 3, 99};
	CHECK(ids(ask(open, query)) == Ids{20, 7, 3});
	CHECK(ask(open, query).at(0).body.empty());
	query.with_bodies = true;
	CHECK(ask(open, query).at(0).body == notice(20, anna).body);
	query.subject = anna;
	CHECK(ids(ask(open, query)) == Ids{20});
	query = asking();
	query.subject = anna;
	query.limit = 3;
	CHECK(ids(ask(open, query)) == Ids{20, 18, 16});
	query.decision = 2;
	CHECK(ids(ask(open, query)) == Ids{12, 2});
	query = asking();
	query.code = "K7QF-12";
	CHECK(ids(ask(open, query)) == Ids{12});
	query.subject = prefix("100.64.0.7");
	CHECK(ask(open, query).empty());
	query = asking();
	query.state = NoticeState::sent;
	CHECK(ids(ask(open, query)) == Ids{18, 15, 12, 9, 6, 3});
	query.subject = anna;
	CHECK(ids(ask(open, query)) == Ids{18, 12, 6});
	query.state = NoticeState::waiting;
	query.limit = 2;
	CHECK(ids(ask(open, query)) == Ids{20, 16});
	query.state = NoticeState::given_up;
	CHECK(ask(open, query).empty());
	query = asking();
	query.subject = prefix("100.64.0.0/24"); // exactly this one, as notices were addressed
	CHECK(ask(open, query).empty());
	query = asking();
	query.ids = {1, 2, 3};
	query.limit = 2;
	CHECK(ids(ask(open, query)) == Ids{3, 2});
}

TEST_CASE("a notice that was tried or delivered keeps its body, without writing it again") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	Notice large = notice(1, subscriber_key("anna"));
	large.body = std::string(1 << 20, 'b');
	REQUIRE(open.commit({large}).has_value());
	auto waiting = waiting_of(open);
	REQUIRE(waiting.size() == 1);
	const auto log = [&] { return std::filesystem::file_size(directory.database() + "-wal"); };
	const auto before = log();
	waiting[0].tries = 1;
	waiting[0].problem = "451";
	waiting[0].due = noon + Seconds{90};
	REQUIRE(open.commit({waiting[0]}).has_value());
	waiting[0].state = NoticeState::sent;
	waiting[0].ended = noon + Seconds{91};
	REQUIRE(open.commit({waiting[0]}).has_value());
	CHECK(log() < before + large.body.size());
	auto query = asking();
	query.ids = {1};
	query.with_bodies = true;
	const auto found = ask(open, query);
	REQUIRE(found.size() == 1);
	CHECK((found[0].body == large.body));
	CHECK(found[0].state == NoticeState::sent);
	CHECK(found[0].ended == noon + Seconds{91});
	CHECK(found[0].tries == 1);
	CHECK(waiting_of(open).empty());
}

TEST_CASE("notices that ended are forgotten in time, those that wait never, and numbers are not used again") {
	const TemporaryDirectory directory;
	{
		OpenStore open(directory.path());
		open.load(at_noon);
		Notice later_one = notice(3, subscriber_key("anna"), NoticeState::given_up);
		later_one.ended = noon + Seconds{500};
		REQUIRE(open.commit({notice(1, subscriber_key("anna")), notice(2, prefix("100.64.0.7"), NoticeState::sent), later_one,
		                     notice(9'000, subscriber_key("bob"), NoticeState::sent)})
		            .has_value());
		open.store->prune(noon + Seconds{60});
		open.store->prune(noon + Seconds{61});
		ask_until([&] { return ask(open, asking()).size() == 2; });
		CHECK(ids(ask(open, asking())) == Ids{3, 1});
		auto database = sql::Database::open(directory.database(), directory.path());
		CHECK((*database)->integer("SELECT count(*) FROM notice_body").value() == 2);
	}
	OpenStore open(directory.path());
	CHECK(open.load(at_noon).next_id == 9'001);
	open.store->prune(noon + Seconds{1'000'000});
	ask_until([&] { return ask(open, asking()).size() == 1; });
	CHECK(ids(waiting_of(open)) == Ids{1});
}
