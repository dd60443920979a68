// SPDX-License-Identifier: GPL-2.0-or-later
//
// blast_bench KIND MILLISECONDS ROUNDS INTERFACE...: what one small packet costs through the router behind each
// interface, in nanoseconds of CPU. All of its way, sending, forwarding, and the drop at its end, happens in our own
// system call, so this thread's clock is the measure. Rounds are short, families and routers take turns, each
// round begins with another router; the figures of all rounds are printed, as one JSON object.
#include "packet_socket.h"
#include "stopwatch.h"

#include <cstdlib>
#include <fmt/format.h>
#include <map>
#include <sched.h>

namespace {

using gate25::Family;

constexpr std::size_t at_once = 64, ring_size = 1024;

double ns_per_packet(bench::PacketSocket& socket, const std::vector<bench::Frame>& ring, std::int64_t duration) {
	std::size_t sent = 0;
	const auto begun = bench::thread_ns();
	auto now = begun;
	for (; now - begun < duration; now = bench::thread_ns())
		for (int i = 0; i < 8; ++i) sent += socket.send(ring, sent, at_once);
	return sent == 0 ? 0 : static_cast<double>(now - begun) / static_cast<double>(sent);
}

void stay_on_one_processor() {
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(static_cast<unsigned>(sched_getcpu()), &set);
	sched_setaffinity(0, sizeof set, &set);
}

std::string text_of(const std::map<std::string, std::vector<double>>& found) {
	std::string text;
	for (const auto& [name, figures] : found) {
		std::string list;
		for (double figure : figures) list += fmt::format("{}{:.1f}", list.empty() ? "" : ",", figure);
		text += fmt::format("{}\"{}\":[{}]", text.empty() ? "" : ",", name, list);
	}
	return "{" + text + "}";
}

} // namespace

int main(int argc, char** argv) {
	if (argc < 5) {
		fmt::print(stderr, "usage: blast_bench KIND MILLISECONDS ROUNDS INTERFACE...\n");
		return 2;
	}
	const std::int64_t duration = std::strtol(argv[2], nullptr, 10) * 1'000'000;
	const auto rounds = std::strtoul(argv[3], nullptr, 10), routers = static_cast<unsigned long>(argc - 4);
	std::vector<bench::PacketSocket> sockets;
	for (unsigned long i = 0; i < routers; ++i) sockets.emplace_back(argv[4 + i]);
	const std::map<Family, std::vector<bench::Frame>> rings{
		{Family::ipv4, bench::frames_of(argv[1], Family::ipv4, 0, ring_size)},
		{Family::ipv6, bench::frames_of(argv[1], Family::ipv6, 0, ring_size)}};
	std::map<Family, std::map<std::string, std::vector<double>>> found;
	stay_on_one_processor();
	for (unsigned long round = 0; round <= rounds; ++round) // the first one warms up
		for (const auto& [family, ring] : rings)
			for (unsigned long i = 0; i < routers; ++i) {
				const auto at = (i + round) % routers;
				const double figure = ns_per_packet(sockets[at], ring, duration);
				if (round > 0) found[family][argv[4 + at]].push_back(figure);
			}
	fmt::print("{{\"4\":{},\"6\":{}}}\n", text_of(found[Family::ipv4]), text_of(found[Family::ipv6]));
}
