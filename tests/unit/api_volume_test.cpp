// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent_fixture.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

std::string text_of(const boost::json::value& value) { return std::string(value.as_string()); }

struct CountingApi : AgentFixture {
	std::uint16_t port = 1000;
	CountingApi() {
		config += "[volume]\n"
		          "[[limit]]\nlimit = \"attempts 5/hour\"\n"
		          "[[limit]]\nlimit = \"connections 30/hour\"\nmatch = [\"100.64.1.0/24\"]\nmode = \"enforce\"\n";
	}
	void attempt(const char* source, std::uint32_t destination) {
		const Opening one{*Address::parse(source), Address::ipv4(0xc6336400U + destination), port++, 25, 1};
		agent.volume().take_attempts({&one, 1});
	}
	std::shared_ptr<Answer> get(const std::string& path, std::map<std::string, std::string> query = {}) {
		auto answer = ask("GET", path, "", std::move(query));
		volume_file.answer();
		REQUIRE(answer->is_given);
		return answer;
	}
	void record(std::uint32_t hours_ago, const char* prefix, std::uint16_t hour_peak, std::uint32_t refused = 0) {
		VolumeRecord record{now_hour() - hours_ago, VolumeKey::of(*Prefix::parse(prefix)), Activity::connections, hour_peak, refused, {}};
		record.peaks.first = {1, hour_peak, hour_peak};
		add(record);
	}
	void add(const VolumeRecord& record) { volume_file.records[{record.hour, record.key, record.activity}] = record; }
	std::uint32_t now_hour() const { return static_cast<std::uint32_t>(clock.time.wall.time_since_epoch().count() / 3600); }
};

} // namespace

TEST_SUITE("api volume") {
	TEST_CASE_FIXTURE(CountingApi, "one subscriber: what he did of late, the limits that are for him, and his hours") {
		REQUIRE(start());
		for (std::uint32_t i = 0; i < 3; ++i) attempt("100.64.1.2", i % 2);
		record(5, "100.64.1.2", 12, 1);
		record(100, "100.64.1.2", 7);
		record(5, "100.64.1.3", 9);
		const auto answer = get("v1/volume", {{"address", "100.64.1.2"}});
		REQUIRE(answer->status == 200);
		const auto& body = answer->body.as_object();
		CHECK(body.at("subscriber") == "100.64.1.2");
		CHECK(body.at("user").is_null());
		const auto& attempts = body.at("values").at(0);
		CHECK(attempts.at("quantity") == "attempts");
		CHECK(attempts.at("hour").at("value") == 3);
		CHECK(attempts.at("hour").at("is_estimated") == false);
		CHECK(text_of(attempts.at("last")) == time_text(clock.time.wall));
		CHECK(body.at("values").at(1).at("day").at("value") == 2);
		CHECK(body.at("values").at(2).at("last").is_null());
		REQUIRE(body.at("limits").as_array().size() == 2);
		CHECK(body.at("limits").at(0).at("limit") == "attempts 5/hour");
		CHECK(body.at("limits").at(0).at("then") == "alert");
		CHECK(body.at("limits").at(0).at("value") == 3);
		CHECK(body.at("limits").at(0).at("most") == 5);
		CHECK(body.at("limits").at(1).at("mode") == "enforce");
		REQUIRE(body.at("hours").as_array().size() == 1);
		CHECK(text_of(body.at("hours").at(0).at("hour")) == time_text(UnixTime(std::chrono::hours(now_hour() - 5))));
		CHECK(body.at("hours").at(0).at("refused") == 1);
		CHECK(body.at("hours").at(0).at("peaks").at("connections").at("hour") == 12);
		CHECK(get("v1/volume", {{"address", "100.64.1.2"}, {"since", "7d"}})->body.at("hours").as_array().size() == 2);
	}
	TEST_CASE_FIXTURE(CountingApi, "of IPv6 an address stands for its subscriber, and a limit for others is not shown") {
		REQUIRE(start());
		attempt("2001:db8:1000:100::2", 1);
		const auto answer = get("v1/volume", {{"address", "2001:db8:1000:100::99"}});
		CHECK(answer->body.at("subscriber") == "2001:db8:1000:100::/56");
		CHECK(answer->body.at("values").at(0).at("minute").at("value") == 1);
		CHECK(answer->body.at("limits").as_array().size() == 1);
	}
	TEST_CASE_FIXTURE(CountingApi, "a user, whom nobody knows as well") {
		volume_file.users[VolumeKey::of_user("anna@example.org")] = "Anna@example.org";
		REQUIRE(start());
		add({now_hour() - 1, VolumeKey::of_user("anna@example.org"), Activity::mail, 40, 0, {{1, 40, 40}, {2, 90, 90}}});
		const auto anna = get("v1/volume", {{"user", "ANNA@example.org"}});
		CHECK(anna->body.at("user") == "Anna@example.org");
		CHECK(anna->body.at("hours").at(0).at("peaks").at("recipients").at("hour") == 90);
		const auto other = get("v1/volume", {{"user", "nobody"}});
		CHECK(other->body.at("user") == "nobody");
		CHECK(other->body.at("hours").as_array().empty());
	}
	TEST_CASE_FIXTURE(CountingApi, "who has most right now, of either family") {
		REQUIRE(start());
		for (std::uint32_t i = 0; i < 9; ++i) attempt("100.64.1.2", i);
		for (std::uint32_t i = 0; i < 12; ++i) attempt("2001:db8:1000:100::2", i);
		attempt("100.64.1.3", 1);
		const auto answer = get("v1/volume/top", {{"by", "attempts"}, {"per", "day"}, {"limit", "2"}});
		REQUIRE(answer->status == 200);
		CHECK(answer->body.at("active") == 3);
		CHECK(answer->body.at("quantity") == "attempts");
		const auto& top = answer->body.at("top").as_array();
		REQUIRE(top.size() == 2);
		CHECK(top[0].at("subscriber") == "2001:db8:1000:100::/56");
		CHECK(top[0].at("value") == 12);
		CHECK(top[1].at("subscriber") == "100.64.1.2");
		CHECK(get("v1/volume/top")->body.at("top").as_array().empty());
	}
	TEST_CASE_FIXTURE(CountingApi, "how much is usual") {
		REQUIRE(start());
		for (std::uint16_t i = 1; i <= 100; ++i) record(3, ("100.64.2." + std::to_string(i)).c_str(), i);
		record(200, "100.64.3.1", 5000);
		const auto answer = get("v1/volume/spread", {{"by", "connections"}, {"per", "hour"}});
		CHECK(answer->body.at("active") == 100);
		CHECK(answer->body.at("percentiles").at(0).at("share") == 0.5);
		CHECK(answer->body.at("percentiles").at(0).at("value") == 50);
		CHECK(answer->body.at("suggestion").at("limit") == "connections 100/hour");
		CHECK(get("v1/volume/spread", {{"since", "14d"}})->body.at("active") == 101);
		CHECK(get("v1/volume/spread", {{"by", "messages"}})->body.at("suggestion").is_null());
	}
	TEST_CASE_FIXTURE(CountingApi, "whom a limit would have touched") {
		REQUIRE(start());
		record(30, "100.64.1.2", 31);
		record(3, "100.64.1.2", 45);
		record(3, "2001:db8:1000:100::/56", 99);
		record(3, "100.64.1.4", 30, 2);
		const auto answer = get("v1/whatif", {{"limit", "connections 30/hour"}, {"since", "7d"}});
		REQUIRE(answer->status == 200);
		const auto& body = answer->body.as_object();
		CHECK(body.at("limit") == "connections 30/hour");
		CHECK(body.at("active") == 3);
		CHECK(body.at("touched") == 2);
		CHECK(body.at("restrained") == 1);
		CHECK(body.at("is_in_force") == false); // only for a prefix
		CHECK(body.at("most").at(0).at("subscriber") == "100.64.1.2");
		CHECK(body.at("most").at(0).at("hours") == 2);
		CHECK(body.at("most").at(0).at("peak") == 45);
		CHECK(text_of(body.at("from")) == time_text(UnixTime(std::chrono::hours(now_hour() - 30))));
		CHECK(text_of(body.at("to")) == time_text(UnixTime(std::chrono::hours(now_hour() - 2))));
		const auto matched = get("v1/whatif", {{"limit", "connections 30/hour"}, {"match", "2001:db8:1000::/40,100.64.7.0/24"}});
		CHECK(matched->body.at("active") == 1);
		CHECK(matched->body.at("match").as_array().size() == 2);
		CHECK(get("v1/whatif", {{"limit", "connections 30/hour"}, {"most", "1"}})->body.at("most").as_array().size() == 1);
	}
	TEST_CASE_FIXTURE(CountingApi, "the overview: the rules, who is active, what was usual yesterday, the record") {
		REQUIRE(start());
		attempt("100.64.1.2", 1);
		record(3, "100.64.1.2", 31);
		const auto answer = get("v1/volume");
		REQUIRE(answer->status == 200);
		const auto& body = answer->body.as_object();
		CHECK(body.at("rules").at("mode") == "monitor");
		CHECK(body.at("rules").at("fail") == "open");
		CHECK(body.at("rules").at("verdicts") == "auto");
		CHECK(body.at("verdicts") == "none");
		CHECK(body.at("rules").at("limits").as_array().size() == 2);
		CHECK(body.at("counters").at("attempts") == 1);
		CHECK(body.at("activities").at(0).at("active") == 1);
		CHECK(body.at("activities").at(1).at("last_day").at("active") == 1);
		CHECK(body.at("activities").at(1).at("last_day").at("quantity") == "connections");
		CHECK(body.at("record").at("problem") == "");
	}
	TEST_CASE_FIXTURE(CountingApi, "questions that make no sense are refused by name") {
		REQUIRE(start());
		const auto refused = [&](const char* path, std::map<std::string, std::string> query, const char* said) {
			const auto answer = get(path, std::move(query));
			CHECK(answer->status == 400);
			CHECK_MESSAGE(answer->message().find(said) != std::string::npos, answer->message());
		};
		refused("v1/volume", {{"address", "100.64.1.2"}, {"user", "anna"}}, "not both");
		refused("v1/volume", {{"address", "nonsense"}}, "nonsense");
		refused("v1/volume", {{"adress", "100.64.1.2"}}, "adress");
		refused("v1/volume/top", {{"by", "mails"}}, "mails");
		refused("v1/volume/top", {{"per", "week"}}, "week");
		refused("v1/volume/top", {{"limit", "1001"}}, "1001");
		refused("v1/volume/spread", {{"since", "manual"}}, "7d");
		refused("v1/volume/spread", {{"since", "-1d"}}, "-1d");
		refused("v1/whatif", {}, "connections 30/hour");
		refused("v1/whatif", {{"limit", "connections 0/hour"}}, "from 1 to 60000");
		refused("v1/whatif", {{"limit", "connections 9/hour"}, {"match", "100.64.1.2/8"}}, "match: ");
	}
	TEST_CASE_FIXTURE(CountingApi, "no more than two questions run at a time, and a store that fails is told") {
		REQUIRE(start());
		const auto first = ask("GET", "v1/volume/spread"), second = ask("GET", "v1/whatif", "", {{"limit", "connections 9/hour"}});
		const auto third = ask("GET", "v1/volume");
		CHECK(third->status == 503);
		CHECK(third->message().find("try again later") != std::string::npos);
		volume_file.answer();
		CHECK(first->status == 200);
		CHECK(second->status == 200);
		volume_file.problem = "the disk is on fire";
		const auto failed = get("v1/volume");
		CHECK(failed->status == 507);
		CHECK(failed->message() == "the disk is on fire");
	}
	TEST_CASE_FIXTURE(AgentFixture, "an agent that does not count says how to switch it on") {
		REQUIRE(start());
		for (const char* path : {"v1/volume", "v1/volume/top", "v1/volume/spread", "v1/whatif"}) {
			const auto answer = ask("GET", path);
			CHECK(answer->status == 503);
			CHECK(answer->message().find("add a section [volume] to gate25.toml") != std::string::npos);
		}
	}
}
