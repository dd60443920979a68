// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace gate25::compare {
namespace {

constexpr int marker_timeout_ms = 10'000;
constexpr std::uint16_t marker_port = 9;

Mac mac_of(bool far, Leg leg) { return {2, 0, 0, 0, static_cast<std::uint8_t>(far), static_cast<std::uint8_t>(leg)}; }

[[noreturn]] void give_up(const std::string& what) {
	throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}
void must(int result, const char* what) {
	if (result < 0) give_up(what);
}

void ip(const std::string& lines) {
	FILE* pipe = popen("ip -batch -", "w");
	if (pipe == nullptr) give_up("ip");
	fputs(lines.c_str(), pipe);
	if (pclose(pipe) != 0) throw std::runtime_error("ip -batch failed on:\n" + lines);
}

void set(const std::string& path, const char* value) {
	std::ofstream file("/proc/sys/net/" + path);
	file << value << std::flush;
	if (!file) give_up("/proc/sys/net/" + path);
}

int new_namespace() {
	must(unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)");
	const int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	must(fd, "/proc/thread-self/ns/net");
	return fd;
}

// No talk of the kernel's own: no addresses, no neighbour discovery, and forwarding before any link comes up.
void calm(bool forwards) {
	set("ipv6/conf/default/disable_ipv6", forwards ? "0" : "1");
	set("ipv6/conf/default/accept_dad", "0");
	set("ipv6/conf/default/accept_ra", "0");
	set("ipv6/conf/default/addr_gen_mode", "1");
	set("ipv6/conf/all/forwarding", forwards ? "1" : "0");
	set("ipv4/ip_forward", forwards ? "1" : "0");
	for (const char* where : {"all", "default"}) {
		set(fmt::format("ipv4/conf/{}/rp_filter", where), "0");
		set(fmt::format("ipv4/conf/{}/send_redirects", where), "0");
		set(fmt::format("ipv4/conf/{}/accept_local", where), "0");
	}
	set("ipv4/icmp_ratelimit", "0");
}

void make_links(int router) {
	std::string lines;
	for (int leg : {0, 1}) {
		lines += fmt::format("link add far{0} address 02:00:00:00:01:0{0} type veth peer name leg{0} "
		                     "address 02:00:00:00:00:0{0} netns /proc/{1}/fd/{2}\n", leg, getpid(), router);
		lines += fmt::format("link set far{} up\n", leg);
	}
	ip(lines);
}

void make_routes() {
	std::string lines = "link set lo up\n";
	for (int leg : {0, 1}) {
		lines += fmt::format("link set leg{} up\n", leg);
		lines += fmt::format("address add 10.255.{0}.1/24 dev leg{0}\n"
		                     "address add fd25:0:0:{0}::1/64 dev leg{0} nodad\n", leg);
		for (const std::string& neighbour : {fmt::format("10.255.{}.2", leg), fmt::format("fd25:0:0:{}::2", leg)})
			lines += fmt::format("neighbour add {0} lladdr 02:00:00:00:01:0{1} dev leg{1} nud permanent\n", neighbour, leg);
	}
	for (const char* prefix : {"100.64.0.0/10", "198.18.0.0/15"}) lines += fmt::format("route add {} via 10.255.0.2\n", prefix);
	for (const char* prefix : {"2001:db8:1000::/36", "2001:db8:8000::/33"})
		lines += fmt::format("route add {} via fd25:0:0:0::2\n", prefix);
	ip(lines + "route add default via 10.255.1.2\nroute add default via fd25:0:0:1::2\n");
}

int packet_socket(const std::string& interface) {
	const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	must(fd, "socket(AF_PACKET)");
	const int on = 1;
	must(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on), "PACKET_IGNORE_OUTGOING");
	sockaddr_ll address{};
	address.sll_family = AF_PACKET;
	address.sll_protocol = htons(ETH_P_ALL);
	address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
	must(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind(AF_PACKET)");
	return fd;
}

// On one processor packets stay in the order in which they were sent, answers of the router included.
void stay_on_one_processor() {
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(std::max(sched_getcpu(), 0), &one);
	must(sched_setaffinity(0, sizeof one, &one), "sched_setaffinity");
}

// From and to addresses that no configuration of the test names, so no rule refuses it.
Frame marker_frame(Leg from, std::uint32_t number) {
	Frame frame;
	frame.packet.source = Address::ipv4(from == Leg::subscribers ? 0x0aff0003 : 0x0aff0103);
	frame.packet.destination = Address::ipv4(from == Leg::subscribers ? 0x0aff0102 : 0x0aff0002);
	frame.packet.protocol = protocol_udp;
	frame.packet.source_port = frame.packet.destination_port = marker_port;
	frame.id = number;
	return frame;
}

Leg other(Leg leg) { return leg == Leg::subscribers ? Leg::internet : Leg::subscribers; }

bool is_marker(const Frame& frame) {
	return frame.packet.protocol == protocol_udp && frame.packet.destination_port == marker_port &&
	       frame.packet.source_port == marker_port;
}

bool is_in(const Address& address, std::initializer_list<const char*> prefixes) {
	for (const char* prefix : prefixes)
		if (Prefix::parse(prefix)->contains(address)) return true;
	return false;
}

} // namespace

std::string lab_objection() {
	if (geteuid() != 0) return "needs root, to make network namespaces";
	const int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	std::string objection;
	if (home < 0 || unshare(CLONE_NEWNET) != 0) objection = fmt::format("cannot make a network namespace: {}", std::strerror(errno));
	if (home >= 0 && objection.empty()) must(setns(home, CLONE_NEWNET), "setns");
	if (home >= 0) close(home);
	return objection;
}

Lab::Lab() {
	stay_on_one_processor();
	const int router = new_namespace();
	calm(true);
	const int world = new_namespace();
	calm(false);
	make_links(router);
	for (int leg : {0, 1}) sockets_[leg] = packet_socket(fmt::format("far{}", leg));
	must(setns(router, CLONE_NEWNET), "setns");
	make_routes();
	close(world); // the sockets hold it
	close(router);
	wait_until_links_work();
}

// A link that has just come up loses packets until the kernel has noticed.
void Lab::wait_until_links_work() {
	std::vector<Seen> nothing;
	for (Leg leg : {Leg::subscribers, Leg::internet}) {
		for (int tries = 0;; ++tries) {
			transmit(leg, marker_frame(leg, ++marker_));
			if (receive(other(leg), marker_, nothing, marker_timeout_ms / 100)) break;
			if (tries == 100) throw std::runtime_error("the links do not work");
		}
	}
}

Lab::~Lab() {
	for (int fd : sockets_) close(fd);
}

Leg Lab::leg_of(const Address& address) {
	return is_in(address, {"100.64.0.0/10", "198.18.0.0/15", "2001:db8:1000::/36", "2001:db8:8000::/33"})
	           ? Leg::subscribers : Leg::internet;
}

bool Lab::is_usable(const Address& address) {
	return !is_in(address, {"0.0.0.0/8", "10.255.0.0/16", "127.0.0.0/8", "224.0.0.0/4", "255.255.255.255", "::/96",
	                        "fd25::/32", "fe80::/10", "ff00::/8"});
}

void Lab::transmit(Leg leg, const Frame& frame) {
	const Bytes bytes = bytes_of(frame, mac_of(true, leg), mac_of(false, leg));
	must(static_cast<int>(write(sockets_[static_cast<int>(leg)], bytes.data(), bytes.size())), "sending a packet");
}

bool Lab::receive(Leg leg, std::uint32_t marker, std::vector<Seen>& seen, int timeout_ms) {
	const int fd = sockets_[static_cast<int>(leg)];
	std::array<std::uint8_t, 2048> buffer;
	for (;;) {
		const ssize_t size = read(fd, buffer.data(), buffer.size());
		if (size < 0) {
			if (errno != EAGAIN) give_up("receiving a packet");
			pollfd waiting{fd, POLLIN, 0};
			if (timeout_ms == 0 || poll(&waiting, 1, timeout_ms) == 0) return false;
			continue;
		}
		const auto frame = parse_frame(std::span(buffer).first(static_cast<std::size_t>(size)));
		if (!frame) continue;
		if (!is_marker(*frame)) seen.push_back({leg, *frame});
		else if (frame->id == marker) return true;
	}
}

std::vector<Seen> Lab::send(const Frame& frame) {
	const Leg from = leg_of(frame.packet.source);
	std::vector<Seen> seen;
	transmit(from, frame);
	transmit(from, marker_frame(from, ++marker_));
	if (!receive(other(from), marker_, seen, marker_timeout_ms)) throw std::runtime_error("a marker did not come through");
	receive(from, 0, seen, 0);
	return seen;
}

} // namespace gate25::compare
