// SPDX-License-Identifier: GPL-2.0-or-later
//
// One gate25-reader and the conversation with it (wire/reading.h). Jobs go out as fast as it takes them, answers come
// back in the same order. Whatever it does that a sound reader does not do, ends it.
#pragma once

#include "edge/loop.h"
#include "edge/reader/child.h"
#include "edge/reader/scratch.h"
#include "wire/reading.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

struct ReaderStart {
	std::string program;
	std::vector<std::string> arguments;
	Answerer answerer = Answerer::reader;
	Milliseconds deadline{}; // for the start, and for each job
};

class ReaderProcess {
public:
	struct Events {
		// In the order of the jobs. The first one of all has the number 0 and says that it is ready.
		std::function<void(std::uint64_t number, Answer answer)> answered;
		// Once, unless finish() was called and kept: it died, was out of time, or broke the rules. Not answered: the rest.
		std::function<void(const std::string& why)> ended;
		// It is no more. The last event; its owner may let go of it here.
		std::function<void()> gone;
	};
	// The scratch directory goes when the process is gone.
	[[nodiscard]] static Result<std::unique_ptr<ReaderProcess>> start(Loop& loop, const ReaderStart& how,
	                                                                  Scratch scratch, Events events);
	~ReaderProcess(); // kills it
	ReaderProcess(const ReaderProcess&) = delete;
	ReaderProcess& operator=(const ReaderProcess&) = delete;

	// `keep` owns the texts. Numbers are above 0.
	void send(std::uint64_t number, const std::vector<std::string_view>& texts, std::shared_ptr<const void> keep);
	// No job follows: it answers what it has and ends.
	void finish();

private:
	struct State;
	explicit ReaderProcess(std::shared_ptr<State> state) : state_(std::move(state)) {}
	std::shared_ptr<State> state_;
};

} // namespace gate25
