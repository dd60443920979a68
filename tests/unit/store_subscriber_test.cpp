// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is decided and said of a person stands under his key, and comes back as that.
#include "core/subscriber_key.h"
#include "store_damage.h"

#include <map>

using namespace gate25;
using namespace gate25::test;

namespace {

using Ids = std::vector<std::uint64_t>;

Quarantine quarantine_of(std::uint64_t id, std::string_view who) {
	Quarantine made = quarantine(id, "100.64.0.7");
	made.prefix = subscriber_key(who);
	return made;
}

Exemption exemption_of(std::uint64_t id, std::string_view who) {
	Exemption made = exemption(id, "100.64.0.7");
	made.prefix = subscriber_key(who);
	return made;
}

AlertRow alert_about(std::uint64_t id, std::string_view from, std::string_view who, std::uint64_t decision = 0) {
	AlertRow made = alert(id, from, decision);
	made.subscriber = subscriber_key(who);
	return made;
}

HistoryQuery about(const Prefix& where) {
	return {.within = where, .id = {}, .since = {}};
}

std::vector<Subscriber> subscribers_of(OpenStore& open, const Now& now = at_noon) {
	std::vector<Subscriber> found;
	StoreVisitor visitor;
	visitor.subscriber = [&](Subscriber&& one) { found.push_back(std::move(one)); };
	auto state = open.store->load_each(now, visitor);
	REQUIRE_MESSAGE(state.has_value(), (state ? "" : state.error().text));
	std::ranges::sort(found, {}, &Subscriber::id);
	return found;
}

} // namespace

TEST_CASE("an alert taken for a subscriber comes back with his key, of either family, whatever its bits") {
	const TemporaryDirectory directory;
	std::vector<AlertRow> written{alert_about(1, "100.64.0.7", "anna"), alert_about(2, "2001:db8::7", "bob"),
	                              alert(3, "100.64.0.7"), alert_about(4, "2001:db8::7", "anna", 99)};
	for (const std::uint64_t bits : {std::uint64_t{0}, std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
		AlertRow& row = written.emplace_back(alert(written.size() + 1, "100.64.0.8"));
		row.subscriber = subscriber_key_of(bits);
	}
	OpenStore open(directory.path());
	REQUIRE(open.commit({written.begin(), written.end()}).has_value());
	const auto read = open.alerts({}, 0, 100);
	REQUIRE(read.size() == written.size());
	for (std::size_t i = 0; i < read.size(); ++i) {
		CAPTURE(i);
		CHECK(read[i].subscriber == written[i].subscriber);
		CHECK(read[i].alert.address == written[i].alert.address);
		CHECK(read[i].decision == written[i].decision);
	}
	// A row that is written again may have found its subscriber, or lost him.
	written[2].subscriber = subscriber_key("anna");
	written[0].subscriber = prefix("100.64.0.7");
	REQUIRE(open.commit({written[2], written[0]}).has_value());
	CHECK(open.alerts({}, 2, 1).at(0).subscriber == subscriber_key("anna"));
	CHECK(open.alerts({}, 0, 1).at(0).subscriber == prefix("100.64.0.7"));
	CHECK(ids(open.history(about(subscriber_key("anna"))).alerts) == Ids{4, 3});
}

TEST_CASE("the history of a subscriber is all about him, wherever his address was, and nothing about others") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	const std::string anna = subscriber_key("anna").text();
	REQUIRE(open.commit({quarantine_of(1, "anna"), quarantine_of(2, "bob"), quarantine(3, "100.64.0.7"),
	                     quarantine(4, "100::/32"), exemption_of(5, "anna"), exemption_of(6, "bob"),
	                     alert_about(10, "100.64.0.7", "anna"), alert_about(11, "2001:db8::7", "anna", 1),
	                     alert_about(12, "100.64.0.7", "bob", 2), alert(13, "100.64.0.7"), alert(14, "100.64.0.9", 1),
	                     audit(20, anna), audit(21, anna, 1), audit(22, subscriber_key("bob").text()),
	                     audit(23, "100.64.0.7"), audit(24, anna, 5), audit(25, "100::/32")})
	            .has_value());
	History history = open.history(about(subscriber_key("anna")));
	CHECK(ids(history.quarantines) == Ids{1});
	CHECK(ids(history.exemptions) == Ids{5});
	CHECK(ids(history.alerts) == Ids{14, 11, 10});
	CHECK(ids(history.audit) == Ids{24, 21, 20});
	HistoryQuery query = about(subscriber_key("anna"));
	query.with_alerts = false;
	CHECK(open.history(query).alerts.empty());
	query.with_alerts = true;
	query.limit = 1;
	CHECK(ids(open.history(query).alerts) == Ids{14});
	query.since = noon + Seconds{1};
	CHECK(open.history(query).alerts.empty());
	CHECK(open.history(about(subscriber_key("carl"))).quarantines.empty());
}

TEST_CASE("an alert is found by its address too, though its decision stands under a key") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	REQUIRE(open.commit({quarantine_of(1, "anna"), quarantine(2, "100.64.0.8"), alert_about(10, "100.64.0.7", "anna"),
	                     alert_about(11, "100.64.0.7", "anna", 1), alert_about(12, "2001:db8::7", "anna", 1),
	                     alert(13, "100.64.0.8", 2), alert_about(14, "100.64.0.8", "anna", 1)})
	            .has_value());
	CHECK(ids(open.history(about(prefix("100.64.0.7"))).alerts) == Ids{11, 10});
	CHECK(ids(open.history(about(prefix("100.64.0.7"))).quarantines).empty());
	CHECK(ids(open.history(about(prefix("100.64.0.8"))).alerts) == Ids{14, 13});
	CHECK(ids(open.history(about(prefix("100.64.0.0/16"))).alerts) == Ids{14, 13, 11, 10});
	CHECK(ids(open.history(about(prefix("2001:db8::/32"))).alerts) == Ids{12});
	CHECK(ids(open.history({.within = {}, .id = 1, .since = {}}).alerts) == Ids{14, 12, 11});
}

TEST_CASE("quarantines of a subscriber are counted and restored by his key") {
	const TemporaryDirectory directory;
	const Prefix anna = subscriber_key("anna");
	{
		OpenStore open(directory.path());
		Quarantine first = quarantine_of(1, "anna");
		first.ended = noon + Seconds{50};
		first.ended_by = "root";
		REQUIRE(open.commit({first, quarantine_of(2, "anna"), quarantine_of(3, "bob")}).has_value());
		CHECK(open.store->count_since(anna, noon) == 2);
		CHECK(open.store->count_since(anna, noon + Seconds{1}) == 0);
	}
	OpenStore open(directory.path());
	std::map<Prefix, UnixTime> released;
	std::vector<Quarantine> standing;
	StoreVisitor visitor;
	visitor.release = [&](const Prefix& who, UnixTime when) { released[who] = when; };
	visitor.quarantine = [&](Quarantine&& one) { standing.push_back(std::move(one)); };
	REQUIRE(open.store->load_each(at_noon, visitor).has_value());
	REQUIRE(ids(standing) == Ids{2, 3});
	CHECK(standing[0].prefix == anna);
	CHECK(released == std::map<Prefix, UnixTime>{{anna, noon + Seconds{50}}});
	CHECK(open.store->count_since(anna, noon) == 2);
	CHECK(open.store->count_since(subscriber_key("bob"), noon) == 1);
	CHECK(open.store->count_since(subscriber_key("carl"), noon) == 0);
	CHECK(open.store->count_since(prefix("100.64.0.7"), noon) == 0);
}

TEST_CASE("what was said of a subscriber is added up under his key, apart from his addresses") {
	const TemporaryDirectory directory;
	const Now in_time = later(max_report_memory + Seconds{60});
	OpenStore open(directory.path());
	REQUIRE(open.commit({alert_about(1, "100.64.0.7", "anna"), alert_about(2, "2001:db8::7", "anna"),
	                     alert(3, "100.64.0.7"), alert_about(4, "100.64.0.7", "bob")})
	            .has_value());
	open.load(in_time);
	open.store->prune(in_time.wall);
	ask_until([&] { return open.alerts({}, 0, 100).empty(); });
	std::map<Prefix, Tally> tallies;
	StoreVisitor visitor;
	visitor.tally = [&](const Prefix& who, const Tally& tally) { tallies[who] = tally; };
	REQUIRE(open.store->load_each(in_time, visitor).has_value());
	CHECK(tallies.size() == 3);
	CHECK(tallies[subscriber_key("anna")].of(TallyKind::bot) == 600);
	CHECK(tallies[subscriber_key("bob")].of(TallyKind::bot) == 300);
	CHECK(tallies[prefix("100.64.0.7")].of(TallyKind::bot) == 300);
}

TEST_CASE("a subscriber's row is known by his name, and a later one replaces it") {
	const TemporaryDirectory directory;
	const Subscriber odd{std::string(253, 'x'), "", ""};
	const Subscriber cyrillic{"Анна", "anna@example.net", "pt-br"};
	{
		OpenStore open(directory.path());
		REQUIRE(open.commit({Subscriber{"anna", "anna@example.net", "de"}, odd, cyrillic}).has_value());
		REQUIRE(open.commit({Subscriber{"anna", "a@example.org", ""}, Subscriber{"Anna", "", "en"}}).has_value());
	}
	OpenStore open(directory.path());
	const auto found = subscribers_of(open);
	REQUIRE(found.size() == 4);
	CHECK(found[0] == Subscriber{"Anna", "", "en"});
	CHECK(found[1] == Subscriber{"anna", "a@example.org", ""});
	CHECK(found[2] == odd);
	CHECK(found[3] == cyrillic);
	CHECK(open.load(at_noon).next_id == 1);
}

TEST_CASE("a name that could not be read again is refused, and harms no other commit") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	REQUIRE(open.commit({Subscriber{"bob", "", ""}}).has_value());
	const auto refused = open.commit({Subscriber{"an\nna", "", ""}});
	REQUIRE(!refused.has_value());
	CHECK(refused.error().kind == ErrorKind::bad_input);
	CHECK(contains(refused.error().text, "it has a control character"));
	CHECK(open.store->health().is_writable);
	std::optional<bool> first, second;
	open.store->commit({quarantine_of(1, "anna"), Subscriber{"", "", ""}}, [&](const auto& result) { first = result.has_value(); });
	open.store->commit({Subscriber{"anna", "", ""}}, [&](const auto& result) { second = result.has_value(); });
	open.loop.run_until([&] { return second.has_value(); });
	CHECK(first == false);
	CHECK(second == true);
	CHECK(open.load(at_noon).quarantines.empty());
	CHECK(subscribers_of(open).size() == 2);
}

TEST_CASE("of two names with one key the second is refused") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	REQUIRE(open.commit({Subscriber{"anna", "a@example.org", ""}}).has_value());
	{ // No two such names are known; one is put in another's place.
		auto database = sql::Database::open(directory.database(), directory.path());
		REQUIRE((*database)->run("UPDATE subscriber SET id = 'bob'").has_value());
	}
	const auto refused = open.commit({Subscriber{"anna", "", ""}});
	REQUIRE(!refused.has_value());
	CHECK(contains(refused.error().text, "the subscriber \"anna\" has the same key as another one that is known"));
	CHECK(open.store->health().is_writable);
}
