// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many destinations: exact for few, estimated for many, and never fooled by repetitions.
#include "core/volume_entry.h"

#include <cmath>
#include <doctest/doctest.h>
#include <map>
#include <random>

using namespace gate25;

namespace {

constexpr VolumeTime start = 1'800'000'000;

std::uint32_t hash_of(std::uint32_t number) { return destination_hash(Address::ipv4(0xc6336400U + number), 25); }

// With the time of the last call, as an entry has it.
struct Sample {
	DistinctSample sample;
	VolumeTime now = start;
	void add(std::uint32_t number, VolumeTime at) {
		sample.advance(now, at);
		now = at;
		sample.add(hash_of(number), at);
	}
	std::uint32_t count(Window window, VolumeTime at) {
		sample.advance(now, at);
		now = at;
		return sample.count(window, at);
	}
};

} // namespace

TEST_CASE("few destinations are counted exactly in every window, however often they come") {
	std::mt19937 random(7);
	for (int round = 0; round < 50; ++round) {
		Sample sample;
		std::map<std::uint32_t, VolumeTime> seen;
		VolumeTime now = start;
		for (int step = 0; step < 300; ++step) {
			now += 2 * static_cast<VolumeTime>(random() % 600);
			const auto number = static_cast<std::uint32_t>(random() % DistinctSample::places);
			sample.add(number, now);
			seen[number] = now;
			for (const Window window : all_windows) {
				std::uint32_t wanted = 0;
				for (const auto& [destination, at] : seen) wanted += now - at < window_length(window).count() ? 1 : 0;
				CHECK(sample.count(window, now) == wanted);
				CHECK(!sample.sample.is_estimated(window, now));
			}
		}
	}
}

TEST_CASE("many destinations are estimated, on average well and seldom far off") {
	for (const std::uint32_t many : {20U, 50U, 200U, 5000U}) {
		double sum = 0, off = 0;
		constexpr int rounds = 200;
		for (int round = 0; round < rounds; ++round) {
			Sample sample;
			for (std::uint32_t number = 0; number < many; ++number) sample.add(static_cast<std::uint32_t>(round) * 10'000 + number, start + number * 50 / many);
			const double got = sample.count(Window::hour, start + 50);
			CHECK(sample.sample.is_estimated(Window::hour, start + 50));
			sum += got;
			off += std::pow(got / many - 1, 2);
		}
		CHECK(sum / rounds == doctest::Approx(many).epsilon(0.08));
		CHECK(std::sqrt(off / rounds) < 0.4);
	}
}

TEST_CASE("after a flood few destinations are counted exactly again") {
	Sample sample;
	for (std::uint32_t number = 0; number < 3000; ++number) sample.add(number, start);
	CHECK(sample.count(Window::day, start + 86'399) > 1000);
	VolumeTime now = start + 86'400;
	sample.add(90'001, now);
	sample.add(90'002, now + 10);
	CHECK(sample.count(Window::hour, now + 10) == 2);
	now += 86'400;
	sample.add(90'003, now);
	CHECK(sample.count(Window::hour, now) == 1);
	CHECK(!sample.sample.is_estimated(Window::hour, now));
}

TEST_CASE("a coarse past is not taken for more than it was") {
	// 200 destinations, then a day of three an hour: the estimate of a day may be off, but not by the factor of the flood.
	Sample sample;
	for (std::uint32_t number = 0; number < 200; ++number) sample.add(number, start);
	for (std::uint32_t hour = 1; hour < 30; ++hour)
		for (std::uint32_t number = 0; number < 3; ++number) {
			sample.add(100'000 + number, start + hour * 3600);
			CHECK(sample.count(Window::day, start + hour * 3600) < 450);
			if (hour >= 25) CHECK(sample.count(Window::hour, start + hour * 3600) <= 24);
		}
	CHECK(sample.count(Window::hour, start + 29 * 3600) == 3);
}

TEST_CASE("what is nearly two days old does not come back as new") {
	// Ticks begin anew after a day and a half.
	for (VolumeTime idle = 60'000; idle < 86'400; idle += 61) {
		Sample sample;
		for (std::uint32_t number = 0; number < 10; ++number) sample.add(number, start);
		sample.add(10, start + 50'000);
		sample.add(11, start + 50'000 + idle);
		CHECK(sample.count(Window::minute, start + 50'000 + idle) == 1);
		CHECK(sample.count(Window::hour, start + 50'000 + idle) == 1);
		CHECK(sample.count(Window::day, start + 50'000 + idle) == 2);
	}
}

TEST_CASE("another secret keeps another sample") {
	const auto kept = [](std::uint64_t secret) {
		DistinctSample sample;
		sample.advance(start, start);
		for (std::uint32_t number = 0; number < 4000; ++number)
			if (destination_hash(Address::ipv4(number), 25) >> 31U != 0) sample.add(destination_hash(Address::ipv4(number), secret), start);
		return sample.count(Window::day, start);
	};
	CHECK(kept(25) < 20); // chosen so that the sample passes them over
	CHECK(kept(26) > 500);
}
