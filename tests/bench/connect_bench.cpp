// SPDX-License-Identifier: GPL-2.0-or-later
//
// New TCP connections, one after the other.
//   connect_bench serve PORT...                                  accepts them, both families, until killed
//   connect_bench [wall] MILLISECONDS ROUNDS NAME=ADDRESS=PORT...   makes them, the targets in turn
// Prints for each round what one connection costs in microseconds of CPU: the handshake through both veths and the
// router happens in our own connect(). With `wall` the median
// of how long each takes by the clock, for where another program has a word in it: the median, since this one may lose its
// processor in the middle of some.
#include "core/address.h"
#include "stopwatch.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace {

[[noreturn]] void give_up(const std::string& what) {
	fmt::print(stderr, "connect_bench: {}: {}\n", what, std::strerror(errno));
	std::exit(1);
}

sockaddr_in6 address_of(const std::string& text, unsigned long port) {
	const auto address = gate25::Address::parse(text);
	if (!address) give_up(address.error().text);
	sockaddr_in6 to{};
	to.sin6_family = AF_INET6;
	to.sin6_port = htons(static_cast<std::uint16_t>(port));
	const auto bytes = address->bytes();
	if (bytes.size() == 4) to.sin6_addr.s6_addr[10] = to.sin6_addr.s6_addr[11] = 0xff;
	std::memcpy(to.sin6_addr.s6_addr + 16 - bytes.size(), bytes.data(), bytes.size());
	return to;
}

int tcp_socket() {
	const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), off = 0;
	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0) give_up("socket");
	return fd;
}

int serve(int count, char** ports) {
	std::vector<pollfd> listeners;
	const int on = 1;
	for (int i = 0; i < count; ++i) {
		sockaddr_in6 here{};
		here.sin6_family = AF_INET6;
		here.sin6_port = htons(static_cast<std::uint16_t>(std::strtoul(ports[i], nullptr, 10)));
		const int fd = tcp_socket();
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		if (bind(fd, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 || listen(fd, 1024) != 0) give_up("listen");
		listeners.push_back({fd, POLLIN, 0});
	}
	while (poll(listeners.data(), listeners.size(), -1) > 0)
		for (const pollfd& one : listeners)
			if (one.revents & POLLIN) close(accept4(one.fd, nullptr, nullptr, SOCK_CLOEXEC));
	return 0;
}

struct Target {
	std::string name;
	sockaddr_in6 address;
	std::vector<double> figures{};
};

Target target_of(const std::string& text) {
	const auto first = text.find('='), second = text.rfind('=');
	if (first == second) give_up("expected NAME=ADDRESS=PORT, got " + text);
	return {text.substr(0, first), address_of(text.substr(first + 1, second - first - 1),
	                                          std::strtoul(text.c_str() + second + 1, nullptr, 10))};
}

void make(const Target& target) {
	const linger reset{1, 0}; // no TIME_WAIT, so the ports do not run out
	const int fd = tcp_socket();
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	if (connect(fd, reinterpret_cast<const sockaddr*>(&target.address), sizeof target.address) != 0) give_up(target.name);
	close(fd);
}

double us_per_connection(const Target& target, std::int64_t duration) {
	unsigned made = 0;
	const auto begun = bench::thread_ns();
	auto now = begun;
	for (; now - begun < duration; now = bench::thread_ns(), ++made) make(target);
	return static_cast<double>(now - begun) / 1e3 / made;
}

double median_us(const Target& target, std::int64_t duration) {
	std::vector<double> all;
	for (const auto begun = bench::wall_ns(); bench::wall_ns() - begun < duration;) {
		const auto before = bench::wall_ns();
		make(target);
		all.push_back(static_cast<double>(bench::wall_ns() - before) / 1e3);
	}
	return bench::quantile(std::move(all), 0.5);
}

} // namespace

int main(int argc, char** argv) {
	if (argc > 2 && std::strcmp(argv[1], "serve") == 0) return serve(argc - 2, argv + 2);
	const bool is_wall = argc > 1 && std::strcmp(argv[1], "wall") == 0;
	if (is_wall) ++argv, --argc;
	if (argc < 4) {
		fmt::print(stderr, "usage: connect_bench serve PORT... | [wall] MILLISECONDS ROUNDS NAME=ADDRESS=PORT...\n");
		return 2;
	}
	std::vector<Target> targets;
	for (int i = 3; i < argc; ++i) targets.push_back(target_of(argv[i]));
	const auto rounds = std::strtoul(argv[2], nullptr, 10);
	for (unsigned long round = 0; round <= rounds; ++round) // the first one warms up
		for (std::size_t i = 0; i < targets.size(); ++i) {
			Target& target = targets[(i + round) % targets.size()];
			const std::int64_t duration = std::strtol(argv[1], nullptr, 10) * 1'000'000;
			const double figure = is_wall ? median_us(target, duration) : us_per_connection(target, duration);
			if (round > 0) target.figures.push_back(figure);
		}
	std::string out;
	for (const Target& target : targets) {
		std::string list;
		for (double figure : target.figures) list += fmt::format("{}{:.3f}", list.empty() ? "" : ",", figure);
		out += fmt::format("{}\"{}\":[{}]", out.empty() ? "" : ",", target.name, list);
	}
	fmt::print("{{{}}}\n", out);
}
