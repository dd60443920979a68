// SPDX-License-Identifier: GPL-2.0-or-later
//
// A loop, a pool of real readers or of bad ones, and a look at its processes.
#pragma once

#include "mails.h"

#include "edge/loop.h"
#include "edge/reader/reader_pool.h"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

namespace gate25::reader_test {

constexpr Milliseconds patience{60'000};

// AddressSanitizer wants more memory than a reader has, so its limit is not set then (edge/reader/sandbox.cpp).
#if defined(__SANITIZE_ADDRESS__)
constexpr bool is_memory_limited = false;
#else
constexpr bool is_memory_limited = true;
#endif

// Below a directory of its own that another user can pass.
struct Directory {
	Directory() {
		std::string pattern = "/tmp/g25-XXXXXX";
		REQUIRE(::mkdtemp(pattern.data()) != nullptr);
		path = pattern;
		std::filesystem::permissions(path, static_cast<std::filesystem::perms>(0711));
	}
	~Directory() { std::filesystem::remove_all(path); }
	bool is_empty() const { return std::filesystem::is_empty(path); }
	std::string path;
};

inline std::vector<pid_t> children() {
	std::vector<pid_t> pids;
	for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
		std::ifstream file(entry.path() / "stat");
		std::string text;
		if (!std::getline(file, text)) continue;
		const auto name_end = text.rfind(") ");
		if (std::stoi(text.substr(name_end + 4)) == ::getpid()) pids.push_back(std::stoi(text));
	}
	return pids;
}

// /proc/PID/status
inline std::map<std::string, std::string> status_of(pid_t pid) {
	std::map<std::string, std::string> status;
	std::ifstream file(fmt::format("/proc/{}/status", pid));
	for (std::string line; std::getline(file, line);) {
		const auto colon = line.find(":\t");
		if (colon != line.npos) status[line.substr(0, colon)] = line.substr(colon + 2);
	}
	return status;
}

inline std::size_t open_files() {
	std::size_t count = 0;
	for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
	return count;
}

inline std::string bad_reader() {
	const char* program = std::getenv("GATE25_BAD_READER");
	REQUIRE_MESSAGE(program != nullptr, "run by meson test, which names the programs");
	return program;
}

struct World {
	World() { options.scratch = scratch.path; }
	// Nobody and nothing is left.
	~World() {
		pool.reset();
		CHECK(children().empty());
		CHECK(scratch.is_empty());
	}

	Directory scratch;
	Loop loop;
	ReaderOptions options;
	std::optional<ReaderPool> pool;

	ReaderPool& start() { return pool.emplace(loop, options); }
	// One job, and its end.
	Result<Reading> read(ReadingJob job) {
		std::optional<Result<Reading>> answer;
		if (!pool) start();
		pool->read(std::move(job), [&](Result<Reading> told) { answer = std::move(told); });
		CHECK_FALSE(answer); // later
		REQUIRE(loop.run_until([&] { return answer.has_value(); }, patience));
		return *answer;
	}
	Result<Reading> read(std::string bytes) { return read(ReadingJob{std::move(bytes), {}, {}}); }
};

// A pool whose readers do as they are told.
struct BadWorld : World {
	BadWorld() { options.program = bad_reader(); }
	std::string obey(const std::string& order, const std::string& signature = "") {
		const auto reading = read(ReadingJob{order, signature, {}});
		return reading ? reading->reports.at(0).report.why : "error: " + reading.error().text;
	}
};

} // namespace gate25::reader_test
