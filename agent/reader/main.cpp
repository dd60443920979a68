// SPDX-License-Identifier: GPL-2.0-or-later
//
// gate25-reader: reads what strangers wrote, for gate25d, which starts it and talks with it over standard input. It first gives
// up all that it does not need; the agent believes it nothing but values within bounds.
#include "edge/reader/conversation.h"
#include "edge/reader/read_job.h"
#include "edge/reader/sandbox.h"

#include <cstdlib>
#include <span>
#include <string>

using namespace gate25;

namespace {

constexpr int exit_done = 0, exit_failed = 1, exit_usage = 2;

int read_reports(const SandboxOptions& sandbox) {
	Conversation agent(0);
	warm_up();
	if (auto closed = enter_sandbox(sandbox); !closed) {
		agent.answer(0, spell_failed(closed.error().text));
		agent.flush();
		return exit_failed;
	}
	agent.answer(0, spell_ready());
	agent.flush();
	serve_jobs(agent);
	return exit_done;
}

} // namespace

int main(int argc, char** argv) {
	const std::span<char*> words(argv, static_cast<std::size_t>(argc));
	SandboxOptions sandbox;
	for (std::size_t i = 1; i < words.size(); ++i) {
		const std::string word = words[i];
		if (word == "--parent" && i + 1 < words.size())
			sandbox.parent = static_cast<pid_t>(std::strtol(words[++i], nullptr, 10));
		else
			return exit_usage;
	}
	// Nothing is left to be said when it ends, to nobody.
	std::_Exit(read_reports(sandbox));
}
