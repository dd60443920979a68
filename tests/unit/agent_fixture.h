// SPDX-License-Identifier: GPL-2.0-or-later
//
// An agent with a store, a kernel and a clock in memory, and its API as a client sees it.
#pragma once

#include "fake_assignment_store.h"
#include "fake_kernel.h"
#include "fake_readers.h"
#include "fake_store.h"
#include "fake_volume_store.h"
#include "flow/api.h"
#include "wire/config.h"

#include <boost/json/value.hpp>
#include <deque>
#include <functional>

namespace gate25 {

struct TestClock : Clock {
	Now time{UnixTime(Seconds(1800000000)), Milliseconds(1000000)};
	Now now() const override { return time; }
	void pass(Seconds seconds) {
		time.wall += seconds;
		time.boot += seconds;
	}
};

inline const char* const plain_config = R"(
[network]
subscribers = ["100.64.0.0/10", "2001:db8:1000::/36"]
relays      = ["192.0.2.25", "2001:db8:25::25"]
)";

RulesSource rules_of_the_tree();

// Written out in agent_fixture.cpp: a copy in each test would take longer to compile than the test.
struct AgentFixture {
	FakeStore store;
	FakeKernel kernel;
	FakeReaders readers;
	FakeVolumeFile volume_file;
	FakeAssignmentFile assignment_file;
	std::uint64_t dice = 25;
	TestClock clock;
	Peer peer{0, 0, 1, "root"}; // who asks
	std::string config = plain_config;
	std::vector<std::string> logged;
	bool has_turns = false; // what shall be done in another turn of the loop waits for next_turn()
	std::deque<std::function<void()>> turns;
	Agent agent;
	Api api;

	AgentFixture();
	~AgentFixture();
	AgentFixture(const AgentFixture&) = delete;
	AgentFixture& operator=(const AgentFixture&) = delete;

	LoadedConfig load() const;
	Result<void> start();
	Result<void> start(const LoadedConfig& loaded);
	// false: nothing waited for it.
	bool next_turn();

	struct Answer {
		bool is_given = false;
		unsigned status = 0;
		boost::json::value body;
		std::string message() const;
	};
	// "POST", "v1/quarantines", R"({"prefix":"100.64.1.2"})"; the query as a map.
	std::shared_ptr<Answer> ask(const std::string& method, const std::string& path, const std::string& body = "",
	                            std::map<std::string, std::string> query = {}, SocketKind socket = SocketKind::control);

private:
	Agent::World world();
};

} // namespace gate25
