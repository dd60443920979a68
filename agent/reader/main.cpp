// SPDX-License-Identifier: GPL-2.0-or-later
//
// gate25-reader: reads what strangers wrote, for gate25d, which starts it and talks with it over standard input. It
// first gives up all that it does not need; the agent believes it nothing but values within bounds.
#include "edge/reader/conversation.h"
#include "edge/reader/fetch_job.h"
#include "edge/reader/key_home.h"
#include "edge/reader/read_job.h"
#include "edge/reader/sandbox.h"
#include "edge/reader/verify_job.h"

#include <cstdlib>
#include <span>
#include <string>

using namespace gate25;

namespace {

constexpr int exit_done = 0, exit_failed = 1, exit_usage = 2;

// gate25-reader [--verify HOME SCRATCH | --fetch] --parent PID
struct Arguments {
	SandboxOptions sandbox;
	std::string home; // of the provider's keys
};

Result<Arguments> parse_arguments(std::span<char*> words) {
	Arguments arguments;
	for (std::size_t i = 1; i < words.size(); ++i) {
		const std::string word = words[i];
		if (word == "--parent" && i + 1 < words.size()) {
			arguments.sandbox.parent = static_cast<pid_t>(std::strtol(words[++i], nullptr, 10));
		} else if (word == "--verify" && i + 2 < words.size()) {
			arguments.sandbox.task = Task::verify;
			arguments.home = words[++i];
			arguments.sandbox.scratch = words[++i];
		} else if (word == "--fetch") {
			arguments.sandbox.task = Task::fetch;
		} else {
			return fail(ErrorKind::bad_input, "unknown argument " + word);
		}
	}
	return arguments;
}

// What needs the agent's rights, or files, and no stranger's byte.
Result<void> prepare(const Arguments& arguments) {
	if (arguments.sandbox.task == Task::verify)
		if (auto done = copy_key_home(arguments.home, arguments.sandbox.scratch); !done) return done;
	if (arguments.sandbox.task != Task::fetch) warm_up();
	if (auto done = enter_sandbox(arguments.sandbox); !done) return done;
	return arguments.sandbox.task == Task::verify ? check_key_home(arguments.sandbox.scratch) : Result<void>();
}

int work(const Arguments& arguments) {
	Conversation agent(0);
	const auto prepared = prepare(arguments);
	agent.answer(0, prepared ? spell_ready() : spell_failed(prepared.error().text));
	agent.flush();
	if (!prepared) return exit_failed;
	switch (arguments.sandbox.task) {
	case Task::read: serve_jobs(agent); break;
	case Task::verify: verify_one(agent, arguments.sandbox.scratch); break;
	case Task::fetch: fetch_one(agent); break;
	}
	return exit_done;
}

} // namespace

int main(int argc, char** argv) {
	const auto arguments = parse_arguments({argv, static_cast<std::size_t>(argc)});
	// Without a farewell: nothing is left to be written, and nobody is there to be told.
	std::_Exit(arguments ? work(*arguments) : exit_usage);
}
