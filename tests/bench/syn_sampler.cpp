// SPDX-License-Identifier: GPL-2.0-or-later
//
// syn_sampler INTERFACE PER_SECOND FIRST COUNT: connection attempts to ports 25 and 587 from subscribers in quarantine
// (numbers FIRST and on) and, for each, one from a subscriber at liberty, both families, until its standard input ends
// or five minutes have passed. What gets through is counted at the other end. Prints how many it sent of each.
#include "packet_socket.h"
#include "stopwatch.h"

#include <cstdlib>
#include <fmt/format.h>
#include <poll.h>
#include <time.h>

namespace {

using gate25::Family;

constexpr std::int64_t longest = 300'000'000'000;
constexpr std::size_t at_once = 16;
constexpr std::uint32_t at_liberty = 0xc0000, liberties = 1000; // the sink knows them by their prefix: street.py

bool is_input_over() {
	pollfd input{0, POLLIN, 0};
	return poll(&input, 1, 0) > 0;
}

void sleep_until(std::int64_t when) {
	const timespec at{when / 1'000'000'000, when % 1'000'000'000};
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
}

} // namespace

int main(int argc, char** argv) {
	if (argc != 5) {
		fmt::print(stderr, "usage: syn_sampler INTERFACE PER_SECOND FIRST COUNT\n");
		return 2;
	}
	const auto number = [&](int at) { return std::strtoul(argv[at], nullptr, 10); };
	bench::PacketSocket socket(argv[1]);
	std::vector<std::vector<bench::Frame>> rings;
	for (Family family : {Family::ipv4, Family::ipv6}) {
		rings.push_back(bench::frames_of("smtp", family, static_cast<std::uint32_t>(number(3)), number(4)));
		rings.push_back(bench::frames_of("smtp", family, at_liberty, liberties));
	}
	const auto begun = bench::wall_ns();
	const auto step = static_cast<std::int64_t>(1'000'000'000 * rings.size() * at_once / std::max(1UL, number(2)));
	std::size_t at = 0;
	for (auto next = begun; next - begun < longest && !is_input_over(); next += step, at += at_once) {
		sleep_until(next);
		for (const auto& ring : rings)
			for (std::size_t sent = 0; sent < at_once;) sent += socket.send(ring, at + sent, at_once - sent);
	}
	fmt::print("{{\"quarantined\":{},\"at_liberty\":{}}}\n", 2 * at, 2 * at);
}
