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

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

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

inline RulesSource rules_of_the_tree() {
	RulesSource source;
	for (const auto& entry : std::filesystem::directory_iterator(GATE25_SOURCE "/rules")) {
		if (entry.path().extension() != ".nft") continue;
		std::ostringstream text;
		text << std::ifstream(entry.path()).rdbuf();
		source[entry.path().filename()] = text.str();
	}
	return source;
}

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
	Agent agent{{store, kernel, clock, [this](LogLevel, const std::string& text) { logged.push_back(text); },
	             [this] { return load(); }, "gate25.toml", readers, [](const Peer&, const std::string&) { return false; }, 0, {},
	             [this] { return Result<std::unique_ptr<AssignmentStore>>(std::make_unique<FakeAssignmentStore>(assignment_file)); },
	             [this] { return dice += 0x9e3779b97f4a7c15; },
	             [this] { return Result<std::unique_ptr<VolumeStore>>(std::make_unique<FakeVolumeStore>(volume_file)); }}};
	Api api{agent};

	LoadedConfig load() const {
		LoadedConfig loaded;
		ConfigResult read = read_config(config);
		for (const ConfigError& error : read.errors) loaded.errors.push_back(error_text("gate25.toml", error));
		loaded.config = std::move(read.config);
		loaded.rules = rules_of_the_tree();
		return loaded;
	}
	Result<void> start() { return start(load()); }
	Result<void> start(const LoadedConfig& loaded) {
		auto started = agent.start(loaded);
		if (started) agent.volume().configure();
		return started;
	}

	struct Answer {
		bool is_given = false;
		unsigned status = 0;
		boost::json::value body;
		std::string message() const {
			return std::string(body.at("error").at("message").as_string());
		}
	};
	// "POST", "v1/quarantines", R"({"prefix":"100.64.1.2"})"; the query as a map.
	std::shared_ptr<Answer> ask(const std::string& method, const std::string& path, const std::string& body = "",
	                            std::map<std::string, std::string> query = {}, SocketKind socket = SocketKind::control) {
		HttpRequest request;
		request.method = method;
		std::istringstream segments(path);
		for (std::string segment; std::getline(segments, segment, '/');) {
			std::replace(segment.begin(), segment.end(), '|', '/'); // "2001:db8::|56" is one segment
			request.path.push_back(segment);
		}
		request.query = std::move(query);
		request.body = body;
		request.peer = peer;
		request.socket = socket;
		auto answer = std::make_shared<Answer>();
		api.handle(std::move(request), [answer](HttpResponse response) {
			answer->is_given = true;
			answer->status = response.status;
			boost::json::error_code not_json;
			answer->body = boost::json::parse(response.body, not_json);
		});
		return answer;
	}
};

} // namespace gate25
