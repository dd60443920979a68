// SPDX-License-Identifier: GPL-2.0-or-later
//
// gate25 replay: what it asks the agent for, and what it says.
#include "cli/replay_history.h"
#include "cli_fake.h"
#include "judge_case.h"
#include "wire/alert_row.h"
#include "wire/config.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace gate25;
using namespace gate25::cli;
namespace json = boost::json;

namespace {

Config in_force() {
	Config config = JudgeCase().config;
	config.reporters = {{"ids", one_point, {"suricata"}, {}}};
	return config;
}

// A configuration in a file of its own, gone with the test.
class ConfigFile {
public:
	explicit ConfigFile(const std::string& text)
		: path_(std::filesystem::temp_directory_path() / ("gate25-replay-" + std::to_string(::getpid()) + ".toml")) {
		std::ofstream(path_) << text;
	}
	explicit ConfigFile(const Config& config) : ConfigFile(config_text(config)) {}
	~ConfigFile() { std::filesystem::remove(path_); }
	ConfigFile(const ConfigFile&) = delete;
	ConfigFile& operator=(const ConfigFile&) = delete;
	std::string path() const { return path_.string(); }

private:
	std::filesystem::path path_;
};

AlertRow alert_of(std::uint64_t id, const char* address, UnixTime at) {
	AlertRow row;
	row.id = id;
	row.received = at;
	row.alert.address = address_at(address);
	row.subscriber = subscriber_of(in_force().network, row.alert.address);
	row.voucher.user = "suricata";
	return row;
}

std::string page(const std::vector<AlertRow>& rows) {
	json::array array;
	for (const AlertRow& row : rows) array.push_back(json_of(row));
	return json::serialize(json::object{{"schema", 1}, {"alerts", array}});
}

constexpr auto no_history = R"({"schema":1,"quarantines":[],"exemptions":[],"alerts":[],"audit":[]})";

FakeAgent agent_with(const std::vector<std::vector<AlertRow>>& pages, const std::string& history = no_history) {
	FakeAgent agent;
	agent.answer(200, json::serialize(json::object{{"schema", 1}, {"file", "gate25.toml"}, {"text", config_text(in_force())}}));
	agent.answer(200, history);
	for (const auto& rows : pages) agent.answer(200, page(rows));
	agent.answer(200, page({}));
	return agent;
}

Ran replayed(FakeAgent& agent, const std::string& file, std::vector<std::string_view> more = {}) {
	std::vector<std::string_view> line{"replay", "--config", file};
	line.insert(line.end(), more.begin(), more.end());
	return gate25_command(agent, line);
}

std::string normalised(std::string text, const std::string& file) {
	for (auto at = text.find(file); at != text.npos; at = text.find(file)) text.replace(at, file.size(), "FILE");
	return text;
}

} // namespace

TEST_SUITE("cli replay") {
	TEST_CASE("it asks for the configuration, what persons did, and the alerts page by page until one is empty") {
		const ConfigFile file(in_force());
		FakeAgent agent = agent_with({{alert_of(3, "100.64.1.1", noon), alert_of(9, "100.64.1.2", noon)},
		                              {alert_of(12, "2001:db8:1000:100::1", noon)}});
		CHECK(replayed(agent, file.path()).status == 0);
		REQUIRE(agent.requests.size() == 5);
		CHECK(agent.requests[0].target == "/v1/config");
		CHECK(agent.requests[1].target == "/v1/history?limit=1000000&alerts=0");
		CHECK(agent.requests[2].target == "/v1/alerts?after=0&limit=2000");
		CHECK(agent.requests[3].target == "/v1/alerts?after=9&limit=2000");
		CHECK(agent.requests[4].target == "/v1/alerts?after=12&limit=2000");
	}
	TEST_CASE("what people read: sums, steps, and who fares differently") {
		Config strict = in_force();
		strict.quarantine.level = Level::mail;
		strict.alerts.incidents = 2;
		const ConfigFile file(strict);
		FakeAgent agent = agent_with({{alert_of(1, "100.64.1.1", noon), alert_of(2, "2001:db8:1000:100::1", noon),
		                               alert_of(3, "2001:db8:1000:100::1", noon + an_hour)}});
		const auto ran = replayed(agent, file.path());
		CHECK(ran.status == 0);
		CHECK(ran.err.empty());
		CHECK(contains(ran.out, "3 alerts recorded.\n"));
		CHECK(contains(normalised(ran.out, file.path()), "FILE"));
		CAPTURE(ran.out);
		CHECK(contains(ran.out, "\n  13  not corroborated yet                       0     2\n"));
		CHECK(contains(ran.out, "\n  16  quarantine                                 2     1\n"));
		CHECK(contains(ran.out, "\n2 subscribers would fare differently: 1 gone, 1 stricter.\n"));
		CHECK(contains(ran.out, "\n100.64.1.1              gone      2026-11-21 12:00:00 UTC  port25          1d     16  "
		                        "spam reported by ids, score -1\n"));
		CHECK(contains(ran.out, "\n2001:db8:1000:100::/56  stricter  2026-11-21 13:00:00 UTC  port25 -> mail  1d     16  "
		                        "spam reported by ids, score -2\n"));
	}
	TEST_CASE("the same configuration: nobody fares differently") {
		const ConfigFile file(in_force());
		FakeAgent agent = agent_with({{alert_of(1, "100.64.1.1", noon)}});
		CHECK(contains(replayed(agent, file.path()).out, "\nNo subscriber would fare differently.\n"));
	}
	TEST_CASE("nothing was ever recorded") {
		const ConfigFile file(in_force());
		FakeAgent agent = agent_with({});
		CHECK(contains(replayed(agent, file.path()).out, "0 alerts recorded.\n"));
	}
	TEST_CASE("as JSON") {
		Config other = in_force();
		other.reporters.clear();
		const ConfigFile file(other);
		FakeAgent agent = agent_with({{alert_of(1, "100.64.1.1", noon), alert_of(2, "100.64.1.2", noon + an_hour)}});
		const auto ran = replayed(agent, file.path(), {"--json", "--since", "2026-11-21T13:00:00Z"});
		CHECK(ran.status == 0);
		CHECK(json::parse(ran.out) == json::parse(R"({"schema":1,"alerts":1,"since":"2026-11-21T13:00:00Z",
			"today":{"quarantines":1,"subscribers":1,"seconds":86400,"until_released":0,"monitored":0,"steps":{"16":1}},
			"then":{"quarantines":0,"subscribers":0,"seconds":0,"until_released":0,"monitored":0,"steps":{"7":1}},
			"changes":[{"subscriber":"100.64.1.2","change":["gone"],"today":{"first":"2026-11-21T13:00:00Z",
			"level":"port25","quarantines":1,"seconds":86400,"until_released":false,"step":16,
			"why":"spam reported by ids, score -1"},"then":null}]})"));
	}
	TEST_CASE("a person's release stands between the alerts, where its number is") {
		const ConfigFile file(in_force());
		const std::string history =
			R"({"schema":1,"quarantines":[],"exemptions":[],"alerts":[],"audit":[{"id":2,"at":"2026-11-21T12:00:00Z",)"
			R"("who":"anna","what":"release","subject":"100.64.1.1","why":"","decision":7}]})";
		FakeAgent agent = agent_with({{alert_of(1, "100.64.1.1", noon), alert_of(3, "100.64.1.1", noon)}}, history);
		const auto ran = replayed(agent, file.path(), {"--json"});
		CHECK(contains(ran.out, R"("steps":{"12":1,"16":1})"));
	}
	TEST_CASE("errors of the other configuration are located, and the agent is not asked") {
		const ConfigFile file(std::string("[network]\nsubscribers = [\"100.64.0.0/10\"]\nrelays = [\"192.0.2.25\"]\n[quarantine]\nlevel = \"prot25\"\n"));
		FakeAgent agent;
		const auto ran = replayed(agent, file.path());
		CHECK(ran.status == 5);
		CHECK(contains(ran.err, file.path() + ":5:"));
		CHECK(agent.requests.empty());
	}
	TEST_CASE("a file that is not there, an agent that is not there, an agent that refuses") {
		FakeAgent agent;
		CHECK(replayed(agent, "/nonexistent/gate25.toml").status == 4);
		const ConfigFile file(in_force());
		agent.fail_with(ErrorKind::unavailable, "nobody listens");
		CHECK(replayed(agent, file.path()).status == 3);
		FakeAgent refusing;
		refusing.answer(403, R"({"schema":1,"error":{"code":"denied","message":"not for you"}})");
		const auto ran = replayed(refusing, file.path());
		CHECK(ran.status == 1);
		CHECK(contains(ran.err, "not for you"));
	}
	TEST_CASE("answers that cannot be are named, and end it") {
		const ConfigFile file(in_force());
		FakeAgent backwards = agent_with({{alert_of(3, "100.64.1.1", noon), alert_of(3, "100.64.1.1", noon)}});
		auto ran = replayed(backwards, file.path());
		CHECK(ran.status == 1);
		CHECK(contains(ran.err, "alert 3 comes after alert 3"));
		FakeAgent strange = agent_with({});
		strange.answers[2] = Answer{200, R"({"schema":1,"alerts":[{"id":1}]})"};
		ran = replayed(strange, file.path());
		CHECK(ran.status == 1);
		CHECK(contains(ran.err, "alerts[0].received is missing"));
		FakeAgent forgetful = agent_with({}, R"({"schema":1,"audit":[{"id":1,"at":"once","what":"release","subject":"100.64.1.1"}]})");
		ran = replayed(forgetful, file.path());
		CHECK(ran.status == 1);
		CHECK(contains(ran.err, "audit[0]: "));
	}
	TEST_CASE("--config must be there") {
		FakeAgent agent;
		CHECK(gate25_command(agent, {"replay"}).status == 2);
	}
}

TEST_CASE("of the history only what persons did is taken, oldest first, with what was decided") {
	const auto acts = acts_of(json::parse(R"({
		"quarantines":[{"id":1,"prefix":"100.64.1.1","level":"mail","until":"2026-11-22T12:00:00Z"},
		               {"id":2,"prefix":"2001:db8:1000:100::/56","level":"notify","until":null}],
		"exemptions":[{"id":5,"prefix":"100.64.2.0/24","until":"2026-11-23T12:00:00Z"}],
		"audit":[
		{"id":19,"at":"2026-11-21T12:00:09Z","what":"quarantine","subject":"100.64.1.9","decision":99},
		{"id":18,"at":"2026-11-21T12:00:08Z","what":"reload","subject":"","decision":null},
		{"id":17,"at":"2026-11-21T12:00:07Z","what":"unexempt","subject":"100.64.2.0/24","decision":5},
		{"id":16,"at":"2026-11-21T12:00:06Z","what":"exempt","subject":"100.64.2.0/24","decision":5},
		{"id":15,"at":"2026-11-21T12:00:05Z","what":"expire","subject":"100.64.1.1","decision":1},
		{"id":14,"at":"2026-11-21T12:00:04Z","what":"release","subject":"2001:db8:1000:100::/56","decision":2},
		{"id":13,"at":"2026-11-21T12:00:03Z","what":"quarantine changed","why":"x","subject":"2001:db8:1000:100::/56","decision":2},
		{"id":12,"at":"2026-11-21T12:00:02Z","what":"quarantine","subject":"100.64.1.1","why":"level limit","decision":1}]})").as_object());
	REQUIRE(acts);
	REQUIRE(acts->size() == 5);
	CHECK((*acts)[0].id == 12);
	CHECK((*acts)[0].kind == PersonAct::Kind::quarantine);
	CHECK((*acts)[0].level == Level::limit); // an alert made it stricter since
	CHECK((*acts)[0].until == noon + 24 * an_hour);
	CHECK((*acts)[0].prefix == prefix_at("100.64.1.1"));
	CHECK((*acts)[1].level == Level::notify);
	CHECK(!(*acts)[1].until);
	CHECK((*acts)[2].kind == PersonAct::Kind::release);
	CHECK((*acts)[3].kind == PersonAct::Kind::exempt);
	CHECK((*acts)[3].until == noon + 48 * an_hour);
	CHECK((*acts)[4].kind == PersonAct::Kind::unexempt);
	CHECK((*acts)[4].at == noon + Seconds(7));
}
