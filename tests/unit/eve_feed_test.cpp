// SPDX-License-Identifier: GPL-2.0-or-later
//
// Suricata's lines from a chunk to decisions. Time stands at 2027-01-15.
#include "agent_fixture.h"
#include "flow/eve_feed.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace gate25;

namespace {

// As Suricata writes it, and with the operator's own word on what it means.
std::string alert(const std::string& source, const std::string& destination, unsigned flow, const std::string& kind = "spam") {
	return fmt::format(R"({{"timestamp":"2027-01-15T08:00:00.000000+0000","flow_id":{},"event_type":"alert","src_ip":"{}",)"
	                   R"("src_port":40000,"dest_ip":"{}","dest_port":25,"proto":"TCP","alert":{{"action":"allowed","gid":1,)"
	                   R"("signature_id":1000001,"rev":1,"signature":"mail storm","category":"","severity":3,)"
	                   R"("metadata":{{"gate25_kind":["{}"]}}}}}})" "\n",
	                   flow, source, destination, kind);
}
std::string alert_of(const std::string& subscriber, unsigned flow = 1) {
	const bool is_ipv6 = subscriber.find(':') != subscriber.npos;
	return alert(subscriber, is_ipv6 ? "2001:db8:f00::25" : "198.51.100.25", flow);
}
const std::string flow_event = R"({"timestamp":"2027-01-15T08:00:00.000000+0000","event_type":"flow","flow":{"alerted":false}})" "\n";
const std::string statistics = R"({"timestamp":"2027-01-15T08:00:00.000000+0000","event_type":"stats","stats":{"detect":{"alert":7}}})" "\n";

const std::string with_reporter = std::string(plain_config) + R"(
[[reporter]]
name  = "ids"
users = ["suricata"]
)";

struct FeedFixture : AgentFixture {
	EveFeed feed{agent};
	int taken = 0;
	std::optional<Error> error;

	FeedFixture() { config = with_reporter; }
	void give(const std::string& lines, const std::string& user = "suricata", std::uint64_t too_long = 0) {
		feed.take({lines, too_long, {1000, 1000, 2, user}}, [this](const Result<void>& result) {
			++taken;
			error = result ? std::nullopt : std::optional(result.error());
		});
	}
	bool is_held(const std::string& prefix) { return agent.book().find_quarantine(*Prefix::parse(prefix)).has_value(); }
	bool has_logged(const std::string& part) const {
		return std::any_of(logged.begin(), logged.end(), [&](const std::string& line) { return line.find(part) != line.npos; });
	}
};

} // namespace

TEST_CASE_FIXTURE(FeedFixture, "alerts in a chunk become decisions, in both families and in one transaction") {
	REQUIRE(start());
	const auto commits = store.health().commits;
	give(flow_event + alert_of("100.64.1.2") + statistics + alert_of("2001:db8:1000:7::9", 2) + flow_event);
	CHECK(taken == 1);
	CHECK_FALSE(error);
	CHECK(is_held("100.64.1.2"));
	CHECK(is_held("2001:db8:1000::/56"));
	CHECK(store.health().commits == commits + 1);
	REQUIRE(store.alerts.size() == 2);
	const AlertRow& row = store.alerts.begin()->second;
	CHECK(row.alert.format == ReportFormat::eve);
	CHECK(row.reporter.name == "ids");
	CHECK(row.alert.evidence.find("1000001") != std::string::npos);
	const EveCounters counters = feed.counters();
	CHECK(counters.lines == 5);
	CHECK(counters.alerts == 2);
	CHECK(counters.passed_over == 3);
	CHECK(counters.unreadable == 0);
	CHECK(counters.waiting == 0);
}

TEST_CASE_FIXTURE(FeedFixture, "the subscriber is found at whichever end of the flow he is") {
	REQUIRE(start());
	give(alert("198.51.100.25", "100.64.1.2", 1) + alert("2001:db8:f00::25", "2001:db8:1000:7::9", 2));
	CHECK(is_held("100.64.1.2"));
	CHECK(is_held("2001:db8:1000::/56"));
}

TEST_CASE_FIXTURE(FeedFixture, "flows and statistics cost no reader") {
	REQUIRE(start());
	for (int i = 0; i < 1000; ++i) give(flow_event);
	CHECK(readers.jobs.empty());
	CHECK(taken == 1000);
	CHECK(feed.counters().passed_over == 1000);
}

TEST_CASE_FIXTURE(FeedFixture, "no spelling of an alert is passed over") {
	REQUIRE(start());
	std::string escaped = alert_of("100.64.1.2");
	escaped.replace(escaped.find("\"alert\""), 7, "\"\\u0061lert\"");
	escaped.replace(escaped.find(R"("alert":)"), 8, "\"\\u0061lert\":");
	REQUIRE(escaped.find("\"alert\"") == std::string::npos);
	std::string spaced = alert_of("100.64.1.3", 2);
	spaced.replace(spaced.find(R"("event_type":)"), 13, "\"event_type\" :\t");
	give(" \t" + escaped + "\r\n" + spaced);
	CHECK(is_held("100.64.1.2"));
	CHECK(is_held("100.64.1.3"));
}

TEST_CASE_FIXTURE(FeedFixture, "garbage is counted and told once a minute, fills no inbox, and harms no line beside it") {
	REQUIRE(start());
	const std::string nul("\0\xff\n", 3);
	for (int i = 0; i < 100; ++i)
		give(nul + "From: a mail\n" + "{\"event_type\":\"alert\"\n" + alert_of("100.64.1.2") + "{\"event_type\":\"alert\",[[[\n" +
		         "{\"address\":\"100.64.1.9\",\"kind\":\"spam\"}\n" + alert_of("100.64.1.3", 2) + "{\"event_type\":\"alert\"}", "suricata", 3);
	CHECK(is_held("100.64.1.2"));
	CHECK(is_held("100.64.1.3"));
	CHECK_FALSE(is_held("100.64.1.9"));
	CHECK(store.held.empty());
	CHECK(feed.counters().unreadable == 600);
	CHECK(feed.counters().too_long == 300);
	const auto before = logged.size();
	feed.tick();
	feed.tick();
	CHECK(logged.size() == before + 1);
	CHECK(has_logged("900 lines were not read, the last one of user suricata"));
	give("x\n");
	clock.pass(Seconds(59));
	feed.tick();
	CHECK(logged.size() == before + 1);
	clock.pass(Seconds(1));
	feed.tick();
	CHECK(has_logged("1 lines were not read"));
}

TEST_CASE_FIXTURE(FeedFixture, "what is set aside is written down and fills no inbox") {
	REQUIRE(start());
	std::string old = alert_of("100.64.1.2");
	old.replace(old.find("2027"), 4, "2024");
	give(old);
	CHECK_FALSE(is_held("100.64.1.2"));
	CHECK(store.held.empty());
	REQUIRE(store.alerts.size() == 1);
	CHECK(store.alerts.begin()->second.outcome == Outcome::aside);
}

TEST_CASE_FIXTURE(FeedFixture, "whoever may not use the alert socket may not use this one, nor any longer") {
	REQUIRE(start());
	give(alert_of("100.64.1.2"), "nobody");
	REQUIRE(error);
	CHECK(error->kind == ErrorKind::denied);
	CHECK(has_logged("user nobody (uid 1000) may not use the alert socket"));
	give(alert_of("100.64.1.3"));
	CHECK_FALSE(error);
	config = plain_config;
	agent.reload("a test");
	give(alert_of("100.64.1.4"));
	CHECK(error);
	CHECK(is_held("100.64.1.3"));
	CHECK_FALSE(is_held("100.64.1.2"));
	CHECK_FALSE(is_held("100.64.1.4"));
	CHECK(feed.counters().waiting == 0);
}

TEST_CASE_FIXTURE(FeedFixture, "what cannot be taken now is tried again, ever more slowly, and then the next may come") {
	REQUIRE(start());
	for (const ErrorKind kind : {ErrorKind::busy, ErrorKind::storage, ErrorKind::unavailable}) {
		const std::string subscriber = fmt::format("100.64.2.{}", static_cast<unsigned>(kind));
		readers.error = Error{kind, "not now"};
		const auto jobs = readers.jobs.size();
		const auto lines = logged.size();
		taken = 0;
		give(alert_of(subscriber, static_cast<unsigned>(kind)));
		CHECK(feed.problem() == "not now");
		for (int i = 0; i < 600; ++i) { // a minute of ticks
			clock.time.boot += Milliseconds(100);
			feed.tick();
		}
		CHECK(taken == 0);
		CHECK(feed.counters().waiting == 1);
		CHECK(readers.jobs.size() - jobs > 5);
		CHECK(readers.jobs.size() - jobs < 15);
		CHECK(logged.size() == lines + 1);
		readers.error.reset();
		clock.pass(Seconds(10));
		feed.tick();
		CHECK(taken == 1);
		CHECK_FALSE(error);
		CHECK(feed.problem().empty());
		CHECK(is_held(subscriber));
		CHECK(feed.counters().waiting == 0);
	}
}

TEST_CASE_FIXTURE(FeedFixture, "a line of which readers die takes no other with it") {
	REQUIRE(start());
	readers.die_of = "poison";
	std::string lines;
	for (unsigned i = 1; i <= 20; ++i) lines += alert_of(fmt::format("100.64.1.{}", i), i);
	std::string poisoned = alert_of("100.64.1.99", 99);
	poisoned.insert(1, R"("payload":"poison",)");
	for (const std::string& chunk : {poisoned + lines, lines + poisoned, poisoned, poisoned + poisoned}) give(chunk);
	CHECK(taken == 4);
	for (unsigned i = 1; i <= 20; ++i) CHECK(is_held(fmt::format("100.64.1.{}", i)));
	CHECK_FALSE(is_held("100.64.1.99"));
	CHECK(feed.counters().unreadable == 5);
	CHECK(feed.counters().alerts == 40);
	CHECK(store.held.empty());
}

TEST_CASE_FIXTURE(FeedFixture, "an answer that comes after the end of the feed is nobody's") {
	REQUIRE(start());
	store.hold();
	bool is_called = false;
	{
		EveFeed other(agent);
		other.take({alert_of("100.64.1.2"), 0, {1000, 1000, 2, "suricata"}}, [&](const Result<void>&) { is_called = true; });
		CHECK(other.counters().waiting == 1);
	}
	store.answer_all();
	CHECK_FALSE(is_called);
	CHECK(is_held("100.64.1.2")); // what was begun is done
}
