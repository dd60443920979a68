// SPDX-License-Identifier: GPL-2.0-or-later
//
// The reader's end of the conversation with the agent (wire/reading.h). Answers are gathered while there are jobs to read,
// so that neither side waits for the other with each of them.
#pragma once

#include "wire/reading.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

class Conversation {
public:
	explicit Conversation(int fd) : fd_(fd) {}

	struct Job {
		std::uint64_t number = 0;
		std::vector<std::uint32_t> sizes; // of its texts, which follow
	};
	// nullopt: the agent has closed the conversation, or broken its rules.
	std::optional<Job> next_job();
	// At least one byte and at most `most` of the text that is due; empty: the conversation is over.
	std::string_view piece(std::size_t most);
	std::optional<std::string> text(std::size_t size); // a whole one
	bool skip(std::size_t size);
	void answer(std::uint64_t number, std::string_view body);
	void flush();

private:
	bool fill(std::size_t wanted); // until so many bytes are there
	bool has_input() const;

	int fd_;
	std::vector<char> in_ = std::vector<char>(std::size_t{256} << 10U);
	std::size_t begin_ = 0, end_ = 0;
	std::string out_;
	std::chrono::steady_clock::time_point gathering_since_{};
};

} // namespace gate25
