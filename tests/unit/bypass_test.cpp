// SPDX-License-Identifier: GPL-2.0-or-later
//
// Connections in a flowtable: which of them a decision takes back, and what the kernel is asked for that.
#include "agent_fixture.h"

#include <algorithm>
#include <doctest/doctest.h>

using namespace gate25;

namespace {

struct BypassFixture : AgentFixture {
	BypassFixture() { config += "[port25]\npolicy = \"open\"\n"; }
	static Address address(const char* text) { return Address::parse(text).value(); }
	// A flow in a flowtable; it is redirected when the ports differ.
	void offload(const char* from, const char* to, std::uint16_t port, std::uint16_t reached_port = 0) {
		LiveFlow flow;
		flow.from = address(from);
		flow.to = flow.reached = address(to);
		flow.from_port = 40000;
		flow.to_port = port;
		flow.reached_port = reached_port == 0 ? port : reached_port;
		kernel.offloaded.push_back(flow);
	}
	void begin() {
		REQUIRE(start());
		kernel.queries.clear();
	}
	void ask_well(const std::string& method, const std::string& path, const std::string& body = "") {
		const auto answer = ask(method, path, body);
		REQUIRE(answer->is_given);
		REQUIRE_MESSAGE(answer->status < 300, answer->message());
	}
	void quarantine(const std::string& prefix, const std::string& level) {
		ask_well("POST", "v1/quarantines", R"({"prefix":")" + prefix + R"(","level":")" + level + R"("})");
	}
	std::uint64_t cut() const { return agent_health().flows_cut; }
	const EnforcerHealth& agent_health() const { return const_cast<BypassFixture*>(this)->agent.enforcer().health(); }
};

const char* const alice4 = "100.64.1.2";
const char* const alice6 = "2001:db8:1000:100::2";
const char* const foreign4 = "198.51.100.25";
const char* const foreign6 = "2001:db8:f00::25";

} // namespace

TEST_CASE_FIXTURE(BypassFixture, "a quarantine takes back the subscriber's mail sessions and nobody else's") {
	begin();
	for (auto [alice, bob, foreign] : {std::tuple(alice4, "100.64.1.3", foreign4), std::tuple(alice6, "2001:db8:1000:200::2", foreign6)}) {
		kernel.offloaded.clear();
		offload(alice, foreign, 25);
		offload(alice, foreign, 587);
		offload(alice, foreign, 443);
		offload(bob, foreign, 25);
		const auto before = cut();
		quarantine(alice, "port25");
		CHECK(cut() == before + 1);
		quarantine(alice, "mail");
		CHECK(cut() == before + 2);
		CHECK(kernel.offloaded.size() == 2);
	}
}

TEST_CASE_FIXTURE(BypassFixture, "the relay stays reachable, in the flowtable too") {
	begin();
	offload(alice4, "192.0.2.25", 25);
	offload(alice6, "2001:db8:25::25", 587);
	quarantine(alice4, "port25");
	quarantine(alice6, "mail");
	CHECK(cut() == 0);
	CHECK(kernel.offloaded.size() == 2);
}

TEST_CASE_FIXTURE(BypassFixture, "what was redirected is taken back by a quarantine, and by it alone") {
	config += "[[prefix]]\nmatch = [\"100.64.1.0/24\", \"2001:db8:1000::/40\"]\npolicy = \"redirect\"\n";
	begin();
	offload(alice4, foreign4, 25, 587);
	offload(alice6, foreign6, 25, 587);
	agent.enforcer().verify();
	agent.tick();
	CHECK(cut() == 0);
	quarantine(alice4, "port25");
	quarantine(alice6, "port25");
	CHECK(cut() == 2);
}

TEST_CASE_FIXTURE(BypassFixture, "milder levels and exemptions take nothing back and ask for nothing") {
	begin();
	offload(alice4, foreign4, 25);
	quarantine(alice4, "notify");
	quarantine(alice4, "limit");
	ask_well("POST", "v1/exemptions", R"({"prefix":"100.64.1.2"})");
	CHECK(kernel.queries.empty());
	CHECK(kernel.offloaded.size() == 1);
}

TEST_CASE_FIXTURE(BypassFixture, "an exemption that is taken away ends what it allowed") {
	config = std::string(plain_config);
	begin();
	ask_well("POST", "v1/exemptions", R"({"prefix":"100.64.1.2"})");
	offload(alice4, foreign4, 25);
	agent.enforcer().verify();
	agent.tick();
	CHECK(cut() == 0);
	ask_well("DELETE", "v1/exemptions/100.64.1.2");
	CHECK(cut() == 1);
}

TEST_CASE_FIXTURE(BypassFixture, "a stricter configuration ends what it refuses") {
	begin();
	offload(alice4, foreign4, 25);
	offload(alice6, foreign6, 25);
	config = std::string(plain_config);
	REQUIRE(agent.reload("test").errors.empty());
	CHECK(cut() == 2);
}

TEST_CASE_FIXTURE(BypassFixture, "one IPv4 subscriber is asked for by address, a prefix by port") {
	begin();
	quarantine(alice4, "mail");
	REQUIRE(kernel.queries.size() == 1);
	CHECK(kernel.queries[0] == FlowQuery{Family::ipv4, address(alice4), {}, {}});
	kernel.queries.clear();
	quarantine(alice6, "port25");
	REQUIRE(kernel.queries.size() == 1);
	CHECK(kernel.queries[0] == FlowQuery{Family::ipv6, {}, {}, 25});
	kernel.queries.clear();
	quarantine(alice6, "mail");
	CHECK(kernel.queries.size() == 3);
}

TEST_CASE_FIXTURE(BypassFixture, "the garden is about every port and both directions") {
	config += "[garden]\nportal_ipv4 = \"192.0.2.80\"\nportal_ipv6 = \"2001:db8:25::80\"\n";
	begin();
	offload(alice4, foreign4, 443);
	offload(foreign4, alice4, 8080);
	offload(alice4, "192.0.2.80", 80);
	offload(alice6, foreign6, 443);
	offload(foreign6, alice6, 8080);
	quarantine(alice4, "garden");
	quarantine(alice6, "garden");
	CHECK(cut() == 4);
	REQUIRE(kernel.offloaded.size() == 1);
	CHECK(kernel.offloaded[0].to == address("192.0.2.80"));
}

TEST_CASE_FIXTURE(BypassFixture, "a failure is logged once, told in the status, and harms no decision") {
	begin();
	kernel.take_back_error = "connection tracking refused a dump: Operation not permitted";
	quarantine(alice4, "port25");
	CHECK(kernel.holds("quarantine4_port25", alice4));
	agent.tick();
	agent.tick();
	const auto told = [&] {
		return std::count_if(logged.begin(), logged.end(),
		                     [](const std::string& line) { return line.find("refused a dump") != std::string::npos; });
	};
	CHECK(told() == 1);
	CHECK(agent_health().flows_problem.find("Operation not permitted") != std::string::npos);
	kernel.take_back_error.clear();
	quarantine(alice4, "mail");
	agent.tick();
	CHECK(agent_health().flows_problem.empty());
}

namespace {

// A kernel whose every look takes a while.
struct SlowKernel : FakeKernel {
	TestClock& clock;
	explicit SlowKernel(TestClock& time) : clock(time) {}
	Result<std::size_t> take_back(const FlowQuery& query, const std::function<bool(const LiveFlow&)>& is_wanted) override {
		clock.time.boot += Milliseconds{30};
		return FakeKernel::take_back(query, is_wanted);
	}
};

} // namespace

namespace {

// A decision a millisecond, each about somebody in a flowtable.
struct Storm {
	TestClock clock;
	SlowKernel kernel{clock};
	Book book;
	AssignmentBook assignments;
	Coverage coverage{book, assignments};
	Bypass bypass{kernel, coverage, clock};
	Config config;
	std::uint32_t count = 0;
	Storm() {
		config.network.subscribers = {Prefix::parse("100.64.0.0/10").value(), Prefix::parse("2001:db8:1000::/36").value()};
		config.port25.policy = PolicyAction::open;
	}
	static Address subscriber(std::uint32_t number, bool v4) {
		if (v4) return Address::ipv4(0x64400001 + number);
		std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8, 0x10, static_cast<std::uint8_t>(number >> 8),
		                                   static_cast<std::uint8_t>(number)};
		return Address::from_bytes(bytes);
	}
	void quarantine(bool v4) {
		LiveFlow flow;
		flow.from = subscriber(++count, v4);
		flow.to = flow.reached = Address::parse(v4 ? foreign4 : foreign6).value();
		flow.to_port = flow.reached_port = 25;
		kernel.offloaded.push_back(flow);
		Quarantine quarantine;
		quarantine.id = count;
		quarantine.prefix = subscriber_of(config.network, flow.from);
		book.put(quarantine);
		bypass.suspect({{std::nullopt, standing(quarantine)}}, config);
		bypass.take_back(Policy(config));
		clock.time.boot += Milliseconds{1};
	}
};

} // namespace

TEST_CASE("a storm of decisions is followed by few looks, and none of them is forgotten") {
	Storm storm;
	const Milliseconds began = storm.clock.time.boot;
	for (unsigned i = 0; i < 1000; ++i) storm.quarantine(i % 2 == 0);
	const auto took = (storm.clock.time.boot - began).count();
	CHECK(storm.kernel.queries.size() * 30 <= static_cast<std::size_t>(took) * 2 / 5);
	CHECK(storm.kernel.queries.front().from == Storm::subscriber(1, true)); // the first at once, by its address
	storm.clock.time.boot += Milliseconds{200};
	storm.bypass.take_back(Policy(storm.config));
	CHECK(storm.bypass.taken_back() == 1000);
	CHECK(storm.kernel.offloaded.empty());
}

TEST_CASE("a storm in one family does not keep the other waiting") {
	Storm storm;
	for (unsigned i = 0; i < 300; ++i) storm.quarantine(true);
	storm.quarantine(false);
	for (unsigned i = 0; i < 400; ++i) storm.quarantine(true);
	CHECK(std::none_of(storm.kernel.offloaded.begin(), storm.kernel.offloaded.end(),
	                   [](const LiveFlow& flow) { return flow.from.family() == Family::ipv6; }));
}
