// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which parts of rules/ a configuration loads, and what stands in them then. tests/compare loads them.
#include "agent_fixture.h"
#include "wire/ruleset.h"
#include "wire/config.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace gate25;

namespace {

constexpr KernelAbilities queueing{.can_queue = true}, plain{.can_queue = false};

const RulesSource& source() {
	static const RulesSource all = rules_of_the_tree();
	return all;
}

Config config_of(const std::string& more) {
	const ConfigResult result = read_config("[network]\nsubscribers = [\"100.64.0.0/10\", \"2001:db8:1000::/36\"]\nrelays = [\"192.0.2.25\"]\n" + more);
	for (const ConfigError& error : result.errors) FAIL_CHECK(error_text("text", error));
	return result.config;
}

const char* const enforced = "[volume]\nmode = \"enforce\"\n[[limit]]\nlimit = \"connections 30/hour\"\n";
std::string with_verdicts(const char* word) {
	return std::string("[volume]\nverdicts = \"") + word + "\"\nmode = \"enforce\"\n[[limit]]\nlimit = \"connections 30/hour\"\n";
}

using Parts = std::vector<std::string>;
Parts volume_parts(const std::string& more, KernelAbilities kernel) {
	Parts parts = needed_parts(config_of(more), kernel);
	REQUIRE(parts.front() == "gate25.nft");
	parts.erase(parts.begin());
	return parts;
}

std::string rules(const std::string& more, KernelAbilities kernel = plain) {
	const auto text = rules_text(source(), Policy(config_of(more)), kernel);
	REQUIRE(text);
	return *text;
}

bool contains(const std::string& text, std::string_view wanted) { return text.find(wanted) != text.npos; }

} // namespace

TEST_CASE("without [volume] nothing of it is loaded") {
	for (const KernelAbilities kernel : {queueing, plain}) CHECK(volume_parts("", kernel).empty());
	CHECK(!contains(rules(""), "log group"));
}

TEST_CASE("who refuses decides what is loaded, and what only watches is logged") {
	const Parts watched{"attempts.nft", "connections_log.nft"};
	const Parts metered{"attempts.nft", "meters.nft", "connections_log.nft"};
	const Parts queued{"attempts.nft", "connections_queue.nft", "volume_mark.nft"};
	const Parts external{"attempts.nft", "volume_mark.nft"};
	for (const KernelAbilities kernel : {queueing, plain}) {
		CHECK(volume_parts("[volume]\n", kernel) == watched);
		CHECK(volume_parts("[volume]\nverdicts = \"queue\"\n[[limit]]\nlimit = \"connections 30/hour\"\n", kernel) == watched);
		CHECK(volume_parts("[volume]\nmode = \"enforce\"\n[[limit]]\nlimit = \"messages 30/hour\"\n", kernel) == watched);
		CHECK(volume_parts(with_verdicts("queue"), kernel) == queued);
		CHECK(volume_parts(with_verdicts("meters"), kernel) == metered);
		CHECK(volume_parts(with_verdicts("external"), kernel) == external);
		CHECK(volume_parts("[volume]\nverdicts = \"external\"\n", kernel) == external);
		CHECK(verdicts_by(config_of("[volume]\nverdicts = \"external\"\n").volume, kernel) == Verdicts::external);
		CHECK(!verdicts_by(config_of("").volume, kernel));
	}
	CHECK(volume_parts(enforced, queueing) == queued);
	CHECK(volume_parts(enforced, plain) == metered);
	CHECK(!verdicts_by(config_of("[volume]\n").volume, queueing));
	CHECK(verdicts_by(config_of(enforced).volume, queueing) == Verdicts::queue);
	CHECK(verdicts_by(config_of(enforced).volume, plain) == Verdicts::meters);
}

TEST_CASE("a notice is a part of its own and refuses the rest as a reset does") {
	const std::string text = rules("[port25]\ndeny = \"notice\"\nnotice_port = 10554\n[[prefix]]\nmatch = \"100.64.8.0/24\"\npolicy = \"open\"\n");
	for (const char* line : {"define notice_port = 10554\n", "define deny = deny_reset\n", "define deny_live = cut_reset\n",
	                         "add element inet gate25 blocked4 { 100.64.0.0-100.64.7.255, 100.64.9.0-100.127.255.255 }\n",
	                         "add element inet gate25 blocked6 { 2001:db8:1000::-2001:db8:1fff:ffff:ffff:ffff:ffff:ffff }\n"})
		CHECK_MESSAGE(contains(text, line), line);
}

TEST_CASE("each enforced limit on connections has a meter with its own number, rate, time and subscribers") {
	const std::string text = rules(R"([volume]
mode = "enforce"
[[limit]]
limit = "attempts 5/hour"
[[limit]]
limit = "connections 7/minute"
match = ["100.64.8.0/24", "2001:db8:1800::/40"]
[[limit]]
limit = "connections 8/hour"
mode = "monitor"
[[limit]]
limit = "destinations 500/day"
)");
	for (const char* line : {"limit rate over 7/minute burst 7 packets } goto volume_refused\n",
	                         "limit rate over 500/day burst 500 packets } delete @pair4_destinations_500_day_1 { ip saddr . ip daddr } goto volume_refused\n",
	                         "\tset meter4_connections_7_minute_1 { type ipv4_addr; size 262144; flags dynamic,timeout; timeout 60s; }\n",
	                         "\tset pair6_destinations_500_day_1 { type ipv6_addr . ipv6_addr; size 262144; flags dynamic,timeout; timeout 86400s; }\n",
	                         "add element inet gate25 match4_connections_7_minute_1 { 100.64.8.0-100.64.8.255 }\n",
	                         "add element inet gate25 match4_destinations_500_day_1 { 100.64.0.0-100.127.255.255 }\n",
	                         "add element inet gate25 match6_destinations_500_day_1 { 2001:db8:1000::-2001:db8:1fff:ffff:ffff:ffff:ffff:ffff }\n"})
		CHECK_MESSAGE(contains(text, line), line);
	CHECK(!contains(text, "30_hour"));
	CHECK(!contains(text, "30/hour"));
	CHECK(!contains(text, "connections_8_hour"));
	CHECK(text.find("jump meters") < text.find("jump let_out_logged"));
}

TEST_CASE("a limit that is added leaves the meters of the others their names") {
	const auto names = [](const std::string& limits) {
		std::vector<std::string> found;
		for (const Meter& meter : needed_meters(config_of("[volume]\nmode = \"enforce\"\n" + limits), plain)) found.push_back(meter.name);
		return found;
	};
	const std::string hour = "[[limit]]\nlimit = \"connections 30/hour\"\n", day = "[[limit]]\nlimit = \"connections 300/day\"\n";
	const std::string here = hour + "match = \"100.64.8.0/24\"\n";
	CHECK(names(hour + here) == std::vector<std::string>{"connections_30_hour_1", "connections_30_hour_2"});
	CHECK(names(day + hour + here) == std::vector<std::string>{"connections_300_day_1", "connections_30_hour_1", "connections_30_hour_2"});
}

TEST_CASE("the defines choose queues, their number and whether they fail open, and whether relays count") {
	CHECK(contains(rules(with_verdicts("queue"), queueing), "define queue_chain = queue_open_1\n"));
	CHECK(contains(rules("[volume]\nqueues = 8\nfail = \"closed\"\nverdicts = \"queue\"\nmode = \"enforce\"\n[[limit]]\nlimit = \"connections 1/day\"\n", queueing),
	               "define queue_chain = queue_closed_8\n"));
	CHECK(contains(rules("[volume]\n"), "define to_relay = accepted_unseen\n"));
	CHECK(contains(rules("[volume]\nrelays = true\n"), "define to_relay = accepted\n"));
}

TEST_CASE("the guard logs, queues, meters and translates nothing, and resets what is marked") {
	const std::string notice = "[port25]\ndeny = \"notice\"\n";
	for (const char* word : {"queue", "meters", "external"}) {
		const auto text = guard_text(source(), Policy(config_of(notice + with_verdicts(word))), queueing);
		REQUIRE(text);
		for (const char* rule : {"log group", "\tqueue ", "rate over 30/hour", "type nat", "redirect to"})
			CHECK_MESSAGE(!contains(*text, rule), word << ": " << rule);
		CHECK(contains(*text, "hook forward priority filter + 11;") == (std::string(word) != "meters"));
		CHECK(contains(*text, "hook forward priority filter + 10;"));
		CHECK(contains(*text, "define deny_live = cut_guard\n"));
	}
}

TEST_CASE("a router without an agent holds enforced limits by meters, and gets nothing that needs somebody") {
	const std::string notice = "[port25]\ndeny = \"notice\"\n";
	for (const char* word : {"auto", "queue", "meters", "external"}) {
		const auto text = standalone_rules(source(), Policy(config_of(notice + with_verdicts(word))));
		REQUIRE(text);
		CHECK(contains(*text, "jump meter_connections_30_hour_1"));
		for (const char* rule : {"\tqueue ", "type nat", "redirect to", "meta mark", "log group"}) CHECK_MESSAGE(!contains(*text, rule), word << ": " << rule);
	}
	const auto text = standalone_rules(source(), Policy(config_of("[volume]\n[[limit]]\nlimit = \"connections 30/hour\"\n")));
	REQUIRE(text);
	CHECK(!contains(*text, "log group"));
	CHECK(!contains(*text, "meter"));
}

TEST_CASE("a queue on a kernel without one is refused in words") {
	const auto text = rules_text(source(), Policy(config_of(with_verdicts("queue"))), plain);
	REQUIRE(!text);
	CHECK(text.error().text.find("\"auto\" or \"meters\" work here") != std::string::npos);
}

TEST_CASE("a file that is missing is named") {
	RulesSource less = source();
	less.erase("meter.nft");
	const auto text = rules_text(less, Policy(config_of(enforced)));
	REQUIRE(!text);
	CHECK(text.error().text == "the rules file meter.nft is missing");
}
