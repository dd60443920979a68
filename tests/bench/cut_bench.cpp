// SPDX-License-Identifier: GPL-2.0-or-later
//
// cut_bench [ENTRIES]: how long it takes to end the mail sessions of one subscriber among 100,000 tracked connections,
// beside `conntrack -D`, in a network namespace of its own. Nobody but the kernel can put a connection into a
// flowtable, so here the look is for another bit of its status (assured), which every entry has: the walk, the
// filter, the removal and the copy are the same, and the filter gets no help from the status. The mail sessions are
// redirected ones (25 to 587), and stay so.
#include "edge/kernel/conntrack.h"
#include "stopwatch.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <sched.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace gate25;

namespace {

constexpr std::uint32_t connections_each = 100, mail_each = 5;
constexpr int rounds = 9;

[[noreturn]] void give_up(const std::string& what) {
	fmt::print(stderr, "cut_bench: {}\n", what);
	std::exit(1);
}

Address subscriber(Family family, std::uint32_t number) {
	if (family == Family::ipv4) return Address::ipv4(0x64400001U + number);
	return Address::parse(fmt::format("2001:db8:1{:03x}:{:x}00::2", number >> 8, number & 0xff)).value();
}

Address server(Family family) { return Address::parse(family == Family::ipv4 ? "198.51.100.25" : "2001:db8:f00::25").value(); }

TrackedEntry entry_of(Family family, std::uint32_t number, std::uint32_t connection) {
	TrackedEntry entry;
	entry.family = family;
	entry.protocol = 6;
	const auto from_port = static_cast<std::uint16_t>(10000 + connection);
	const bool is_mail = connection < mail_each;
	const std::uint16_t to_port = is_mail ? 25 : 443, reached_port = is_mail ? 587 : 443;
	entry.status = is_mail ? IPS_DST_NAT : 0;
	entry.original = {subscriber(family, number), server(family), from_port, to_port, {}};
	entry.reply = {entry.original.destination, entry.original.source, reached_port, from_port, {}};
	return entry;
}

// Errors come back even unasked; an acknowledgement for each of 100,000 is not wanted.
void fill(mnl_socket* socket, Family family, std::uint32_t subscribers) {
	std::vector<char> bytes;
	for (std::uint32_t number = 0; number < subscribers; ++number) {
		bytes.clear();
		for (std::uint32_t connection = 0; connection < connections_each; ++connection) {
			const ConntrackMessage message = ConntrackMessage::copy(1, entry_of(family, number, connection));
			const std::size_t at = bytes.size();
			const auto* begin = reinterpret_cast<const char*>(message.header());
			bytes.insert(bytes.end(), begin, begin + message.header()->nlmsg_len);
			reinterpret_cast<nlmsghdr*>(bytes.data() + at)->nlmsg_flags &= static_cast<std::uint16_t>(~NLM_F_ACK);
		}
		if (mnl_socket_sendto(socket, bytes.data(), bytes.size()) < 0) give_up(std::string("cannot send: ") + std::strerror(errno));
		char answer[256];
		if (recv(mnl_socket_get_fd(socket), answer, sizeof answer, MSG_DONTWAIT) > 0)
			give_up(std::string("the kernel took no entry: ") +
			        std::strerror(-static_cast<nlmsgerr*>(mnl_nlmsg_get_payload(reinterpret_cast<nlmsghdr*>(answer)))->error));
	}
}

// Microseconds. `expected` entries must have been replaced.
double ours(Conntrack& conntrack, const FlowQuery& query, const Prefix& who, std::size_t expected) {
	const auto begun = bench::wall_ns();
	const auto done = conntrack.replace(query, [&](const LiveFlow& flow) {
		return flow.to_port == 25 && flow.reached_port == 587 && who.contains(flow.from);
	});
	const double took = static_cast<double>(bench::wall_ns() - begun) / 1000;
	if (!done) give_up(done.error().text);
	if (*done != expected) give_up(fmt::format("{} connections of {} were replaced, {} expected", *done, who.text(), expected));
	return took;
}

double conntrack_d(const Prefix& who) {
	const std::string family = who.family() == Family::ipv4 ? "ipv4" : "ipv6", address = who.text();
	const char* const words[] = {"conntrack", "-D", "-f", family.c_str(), "-s", address.c_str(), "-p", "tcp", "--dport", "25", nullptr};
	posix_spawn_file_actions_t quiet;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
	const auto begun = bench::wall_ns();
	pid_t pid = 0;
	int status = 0;
	if (posix_spawnp(&pid, words[0], &quiet, nullptr, const_cast<char* const*>(words), environ) != 0)
		give_up("conntrack cannot be run (Debian: apt install conntrack)");
	waitpid(pid, &status, 0);
	const double took = static_cast<double>(bench::wall_ns() - begun) / 1000;
	posix_spawn_file_actions_destroy(&quiet);
	if (status != 0) give_up("conntrack -D -s " + address + " found nothing");
	return took;
}

struct Medians {
	double ours, conntrack_d;
};

// One IPv4 subscriber is asked for by address, an IPv6 prefix by port, as the agent does it (flow/bypass.cpp).
Medians measure(Conntrack& conntrack, Family family) {
	std::vector<double> mine, theirs;
	for (std::uint32_t i = 0; i < rounds; ++i) {
		const unsigned length = family == Family::ipv4 ? 32 : 56;
		const Prefix who = Prefix::of(subscriber(family, i), length);
		FlowQuery query{family, {}, {}, {}};
		if (family == Family::ipv4) query.from = who.address();
		else query.to_port = 25;
		mine.push_back(ours(conntrack, query, who, mail_each));
		mine.push_back(ours(conntrack, query, who, mail_each)); // the copies are still redirected
		theirs.push_back(conntrack_d(who));
	}
	return {bench::quantile(mine, 0.5), bench::quantile(theirs, 0.5)};
}

} // namespace

int main(int argc, char** argv) {
	const auto entries = argc > 1 ? static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10)) : 100'000U;
	const std::uint32_t subscribers = entries / 2 / connections_each;
	if (subscribers < rounds || subscribers > 0x10000) give_up(fmt::format("expected ENTRIES from {} to 13107200", 2 * connections_each * rounds));
	if (unshare(CLONE_NEWNET) != 0) give_up("a network namespace of its own needs root");
	std::unique_ptr<mnl_socket, int (*)(mnl_socket*)> socket(mnl_socket_open(NETLINK_NETFILTER), mnl_socket_close);
	if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) give_up("no netlink socket");
	for (Family family : {Family::ipv4, Family::ipv6}) fill(socket.get(), family, subscribers);

	auto assured = Conntrack::open(IPS_ASSURED), offloaded = Conntrack::open();
	if (!assured || !offloaded) give_up("no netlink socket");
	std::vector<double> nothing;
	for (std::uint32_t i = 0; i < rounds; ++i)
		nothing.push_back(ours(*offloaded, {Family::ipv4, {}, {}, 25}, Prefix::host(subscriber(Family::ipv4, i)), 0));
	const Medians v4 = measure(*assured, Family::ipv4), v6 = measure(*assured, Family::ipv6);
	fmt::print("{{\"name\":\"cut\",\"entries\":{},\"cut\":{},\"ours_us\":{:.0f},\"conntrack_D_us\":{:.0f},"
	           "\"ours_ipv6_prefix_us\":{:.0f},\"conntrack_D_ipv6_prefix_us\":{:.0f},\"nothing_offloaded_us\":{:.0f}}}\n",
	           2 * subscribers * connections_each, mail_each, v4.ours, v4.conntrack_d, v6.ours, v6.conntrack_d,
	           bench::quantile(nothing, 0.5));
}
