// SPDX-License-Identifier: GPL-2.0-or-later
//
// Sums over the last minute, hour and day against a list of all events.
#include "core/sliding_sum.h"

#include <deque>
#include <doctest/doctest.h>
#include <random>

using namespace gate25;

namespace {

constexpr VolumeTime start = 1'800'000'000;

// Every event with its time: what the sum stands for.
class Events {
public:
	void add(VolumeTime at, std::uint32_t count) { events_.push_back({at, count}); }
	// Younger than this.
	std::uint32_t within(VolumeTime age, VolumeTime now) const {
		std::uint32_t sum = 0;
		for (const auto& [at, count] : events_) sum += now - at < age ? count : 0;
		return sum;
	}

private:
	std::deque<std::pair<VolumeTime, std::uint32_t>> events_;
};

} // namespace

TEST_CASE("an event counts for five sixths of its window and no longer than seven") {
	for (const Window window : all_windows) {
		const auto length = static_cast<VolumeTime>(window_length(window).count());
		for (const VolumeTime at : {start, start + 3, start + length / 6 - 1}) {
			SlidingSum sum;
			sum.advance(at, at);
			sum.add(1);
			VolumeTime now = at;
			const auto move = [&](VolumeTime to) {
				sum.advance(now, to);
				now = to;
				return sum.sum(window, now);
			};
			CHECK(move(at + length * 5 / 6) == 1);
			CHECK(move(at + length * 7 / 6) == 0);
		}
	}
}

TEST_CASE("random events: the sum lies between what is five and what is seven sixths of the window old") {
	std::mt19937 random(25);
	for (int round = 0; round < 20; ++round) {
		SlidingSum sum;
		Events events;
		VolumeTime now = start + static_cast<VolumeTime>(random() % 100'000);
		const VolumeTime pause = round % 2 == 0 ? 7 : 900;
		for (int step = 0; step < 400; ++step) {
			const VolumeTime to = now + static_cast<VolumeTime>(random() % pause);
			sum.advance(now, to);
			now = to;
			const auto count = static_cast<std::uint32_t>(random() % 3);
			sum.add(count);
			events.add(now, count);
			for (const Window window : all_windows) {
				const auto length = static_cast<VolumeTime>(window_length(window).count());
				CHECK(sum.sum(window, now) >= events.within(length * 5 / 6, now));
				CHECK(sum.sum(window, now) <= events.within(length * 7 / 6 + 1, now));
			}
		}
	}
}

TEST_CASE("a slot that is full says so and does not begin anew") {
	SlidingSum sum;
	sum.advance(start, start);
	for (int i = 0; i < 3; ++i) sum.add(40'000);
	CHECK(sum.sum(Window::day, start) == 65'535);
}

TEST_CASE("after years of silence nothing is left") {
	SlidingSum sum;
	sum.advance(start, start);
	sum.add(9);
	sum.advance(start, start + 300'000'000);
	for (const Window window : all_windows) CHECK(sum.sum(window, start + 300'000'000) == 0);
}
