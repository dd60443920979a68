// SPDX-License-Identifier: GPL-2.0-or-later
//
// fill_bench TABLE SET 4|6 FIRST COUNT [HOURS]: puts subscribers into a set as fast as it goes, and says how long
// that took. The other benchmarks begin with it.
#include "bare.h"
#include "stopwatch.h"

#include <cstdlib>
#include <cstring>
#include <fmt/format.h>

int main(int argc, char** argv) {
	if (argc < 6) {
		fmt::print(stderr, "usage: fill_bench TABLE SET 4|6 FIRST COUNT [HOURS]\n");
		return 2;
	}
	const auto number = [&](int at) { return static_cast<std::uint32_t>(std::strtoul(argv[at], nullptr, 10)); };
	const auto family = std::strcmp(argv[3], "4") == 0 ? gate25::Family::ipv4 : gate25::Family::ipv6;
	std::optional<std::chrono::hours> timeout;
	if (argc > 6) timeout = std::chrono::hours(number(6));
	bench::Bare kernel;
	const auto wall = bench::wall_ns(), cpu = bench::thread_ns();
	kernel.fill(argv[1], argv[2], family, number(4), number(5), timeout);
	fmt::print("{{\"seconds\":{:.6f},\"cpu\":{:.6f}}}\n", static_cast<double>(bench::wall_ns() - wall) / 1e9,
	           static_cast<double>(bench::thread_ns() - cpu) / 1e9);
}
