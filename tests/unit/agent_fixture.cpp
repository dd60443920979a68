// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent_fixture.h"

#include "wire/config.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gate25 {

RulesSource rules_of_the_tree() {
	RulesSource source;
	for (const auto& entry : std::filesystem::directory_iterator(GATE25_SOURCE "/rules")) {
		if (entry.path().extension() != ".nft") continue;
		std::ostringstream text;
		text << std::ifstream(entry.path()).rdbuf();
		source[entry.path().filename()] = text.str();
	}
	return source;
}

AgentFixture::AgentFixture() : agent(world()), api(agent) {}
AgentFixture::~AgentFixture() = default;

Agent::World AgentFixture::world() {
	Agent::World world{store, kernel, clock, [this](LogLevel, const std::string& text) { logged.push_back(text); },
	                   [this] { return load(); }, "gate25.toml", readers};
	world.open_assignment_store = [this] { return std::make_unique<FakeAssignmentStore>(assignment_file); };
	world.random = [this] { return dice += 0x9e3779b97f4a7c15; };
	world.open_volume_store = [this] { return std::make_unique<FakeVolumeStore>(volume_file); };
	world.later = [this](std::function<void()> call) {
		if (has_turns) turns.push_back(std::move(call));
		else call();
	};
	return world;
}

bool AgentFixture::next_turn() {
	if (turns.empty()) return false;
	const auto call = std::move(turns.front());
	turns.pop_front();
	call();
	return true;
}

LoadedConfig AgentFixture::load() const {
	LoadedConfig loaded;
	ConfigResult read = read_config(config);
	for (const ConfigError& error : read.errors) loaded.errors.push_back(error_text("gate25.toml", error));
	loaded.config = std::move(read.config);
	loaded.rules = rules_of_the_tree();
	return loaded;
}

Result<void> AgentFixture::start() {
	return start(load());
}

Result<void> AgentFixture::start(const LoadedConfig& loaded) {
	auto started = agent.start(loaded);
	if (started) agent.volume().configure();
	return started;
}

std::string AgentFixture::Answer::message() const {
	return std::string(body.at("error").at("message").as_string());
}

std::shared_ptr<AgentFixture::Answer> AgentFixture::ask(const std::string& method, const std::string& path, const std::string& body,
                                                        std::map<std::string, std::string> query, SocketKind socket) {
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

} // namespace gate25
