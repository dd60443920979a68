// SPDX-License-Identifier: GPL-2.0-or-later
//
// radius_bench PORT SECRET SESSIONS IN_FLIGHT PHASE...: an access server with many sessions, which keeps so many packets on
// their way over loopback and sends again what is not answered. A phase is "start", "interim", "stop", or "move": all stop and start
// at another's address. One JSON object: of each phase how many packets, seconds, repeats, and the median wait.
#include "../unit/radius_packets.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

using namespace gate25;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t identifiers = 256; // of a socket; who wants more on their way takes another (RFC 2865 2.5)
constexpr std::chrono::milliseconds repeat_after{2000};
constexpr int most_repeats = 30;

struct Packet {
	test::RadiusBytes bytes;
	Clock::time_point sent{};
	int repeats = 0;
	bool is_waiting = false;
};

struct Line {
	int fd = -1;
	std::array<Packet, identifiers> packets;
	std::vector<std::uint8_t> free; // identifiers
};

struct Told {
	std::size_t packets = 0, repeats = 0;
	double seconds = 0;
	std::vector<double> waits_us;
};

class AccessServer {
public:
	AccessServer(std::uint16_t port, std::string secret, std::size_t in_flight) : secret_(std::move(secret)) {
		for (std::size_t opened = 0; opened < in_flight; opened += identifiers) {
			Line& line = lines_.emplace_back();
			line.fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
			const int room = 4 << 20;
			::setsockopt(line.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
			sockaddr_in to{};
			to.sin_family = AF_INET;
			to.sin_port = htons(port);
			to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
			if (::connect(line.fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("cannot connect");
			for (std::size_t i = 0; i < std::min(identifiers, in_flight - opened); ++i) line.free.push_back(static_cast<std::uint8_t>(i));
		}
	}
	// All these requests, in order of their sending; the next one of a session not before its last one was answered.
	template <class Make> Told run(std::size_t count, const Make& make) {
		Told told;
		told.waits_us.reserve(count);
		const auto begun = Clock::now();
		std::size_t sent = 0;
		while (told.packets < count) {
			for (Line& line : lines_) {
				for (; sent < count && !line.free.empty(); ++sent) send(line, make(sent, line.free.back()));
				receive(line, told);
			}
			repeat(told);
			wait();
		}
		told.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
		return told;
	}

private:
	void send(Line& line, const test::RadiusRequest& request) {
		Packet& packet = line.packets[line.free.back()];
		line.free.pop_back();
		packet = {request.signed_with(secret_), Clock::now(), 0, true};
		(void)::send(line.fd, packet.bytes.data(), packet.bytes.size(), 0);
	}
	void receive(Line& line, Told& told) {
		std::array<std::uint8_t, 4096> answer{};
		while (::recv(line.fd, answer.data(), answer.size(), 0) >= 20) {
			Packet& packet = line.packets[answer[1]];
			if (!packet.is_waiting || answer[0] != 5) continue;
			packet.is_waiting = false;
			line.free.push_back(answer[1]);
			++told.packets;
			told.waits_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - packet.sent).count());
		}
	}
	void repeat(Told& told) {
		const auto now = Clock::now();
		if (now < look_again_) return;
		look_again_ = now + repeat_after / 10;
		for (Line& line : lines_)
			for (Packet& packet : line.packets) {
				if (!packet.is_waiting || now - packet.sent < repeat_after * (packet.repeats + 1)) continue;
				if (++packet.repeats > most_repeats) throw std::runtime_error("a packet is never answered");
				++told.repeats;
				(void)::send(line.fd, packet.bytes.data(), packet.bytes.size(), 0);
			}
	}
	void wait() {
		std::vector<pollfd> all;
		for (const Line& line : lines_) all.push_back({line.fd, POLLIN, 0});
		::poll(all.data(), all.size(), 100);
	}

	std::string secret_;
	std::vector<Line> lines_;
	Clock::time_point look_again_{};
};

// 100.64.0.0/10 holds four million of them; each has a /56 of 2001:db8:1000::/36 too, of which there are a million.
test::RadiusRequest record(std::uint32_t status, std::size_t session, std::size_t address, std::uint8_t identifier) {
	test::RadiusRequest request(identifier);
	request.status(status).session(fmt::format("{:08x}", session)).user(fmt::format("customer-{:07}@provider.example", session));
	request.address(4, "192.0.2.10").text(32, "bras-1").text(31, fmt::format("00-00-5e-{:06x}", session));
	const auto host = static_cast<std::uint32_t>(address);
	request.number(8, 0x64400000U + host);
	const std::uint32_t high = 0x10000000U | host << 8U; // the /56 in bits 36 to 56
	request.add(123, {0, 56, 0x20, 0x01, 0x0d, 0xb8, static_cast<std::uint8_t>(high >> 24U), static_cast<std::uint8_t>(high >> 16U),
	                  static_cast<std::uint8_t>(high >> 8U)});
	request.number(42, host).number(43, host).number(46, 600).stamp(std::time(nullptr));
	return request;
}

double median(std::vector<double>& values) {
	if (values.empty()) return 0;
	std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
	return values[values.size() / 2];
}

std::string run(AccessServer& server, const std::string& phase, std::size_t sessions, std::size_t& shift) {
	const auto all = [&](std::uint32_t status) {
		return server.run(sessions, [&, status](std::size_t i, std::uint8_t identifier) { return record(status, i, (i + shift) % sessions, identifier); });
	};
	Told told;
	if (phase == "move") {
		told = all(2);
		++shift;
		Told again = all(1);
		told.packets += again.packets;
		told.repeats += again.repeats;
		told.seconds += again.seconds;
		told.waits_us.insert(told.waits_us.end(), again.waits_us.begin(), again.waits_us.end());
	} else {
		told = all(phase == "start" ? 1 : phase == "stop" ? 2 : 3);
	}
	return fmt::format("\"{}\":{{\"packets\":{},\"seconds\":{:.3f},\"repeats\":{},\"median_us\":{:.0f}}}", phase, told.packets, told.seconds, told.repeats,
	                   median(told.waits_us));
}

} // namespace

int main(int argc, char** argv) try {
	if (argc < 6) throw std::runtime_error("expected PORT SECRET SESSIONS IN_FLIGHT PHASE...");
	AccessServer server(static_cast<std::uint16_t>(std::stoul(argv[1])), argv[2], std::stoul(argv[4]));
	std::string out;
	std::size_t shift = 0;
	for (int i = 5; i < argc; ++i) out += (out.empty() ? "" : ",") + run(server, argv[i], std::stoul(argv[3]), shift);
	fmt::print("{{{}}}\n", out);
	return 0;
} catch (const std::exception& error) {
	fmt::print(stderr, "radius_bench: {}\n", error.what());
	return 1;
}
