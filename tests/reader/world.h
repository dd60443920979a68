// SPDX-License-Identifier: GPL-2.0-or-later
//
// A loop and a pool of real readers.
#pragma once

#include "mails.h"

#include "edge/loop.h"
#include "edge/reader/reader_pool.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <optional>
#include <string>

namespace gate25::reader_test {

constexpr Milliseconds patience{30'000};

struct World {
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

} // namespace gate25::reader_test
