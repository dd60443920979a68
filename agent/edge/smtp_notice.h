// SPDX-License-Identifier: GPL-2.0-or-later
//
// Tells a program that was refused port 25 why, in the words of its own protocol: rules redirect some of the refused
// connections to this port of the router. It answers with 554 and a text, then waits for QUIT (RFC 5321 3.1). Takes nothing in,
// keeps nothing, and whoever wants more than one short answer is reset: floods cost bounded memory and no other's turn.
#pragma once

#include "core/address.h"
#include "edge/loop.h"
#include "edge/unix_socket.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace gate25 {

struct SmtpNoticeLimits {
	std::size_t connections = 1024;
	std::size_t per_peer = 4;  // an IPv4 address, an IPv6 prefix of the length below
	unsigned peer_prefix_ipv6 = 56;
	unsigned commands = 16;    // before QUIT
	Milliseconds time{10'000}; // for all of it
};

struct SmtpNoticeOptions {
	std::uint16_t port = 2554; // 0: any free one
	std::string text;          // after "554 5.7.1 "
	// Which port was dialled; nullopt: nobody knows. Asked of connection tracking by default.
	std::function<std::optional<std::uint16_t>(int fd)> dialled{};
	SmtpNoticeLimits limits{};
};

struct SmtpNoticeStatus {
	std::size_t connections = 0;
	std::uint64_t served = 0;
	std::uint64_t refused = 0; // over a limit, or somebody who had not dialled port 25
};

class SmtpNotice {
public:
	// On all addresses of the host, both families or the one that there is; EAFNOSUPPORT when there is none, as in a
	// service that may use no internet sockets. Answers from the first run of the loop on, which must outlive this.
	[[nodiscard]] static Result<std::unique_ptr<SmtpNotice>> open(Loop& loop, SmtpNoticeOptions options);
	~SmtpNotice();
	SmtpNotice(const SmtpNotice&) = delete;
	SmtpNotice& operator=(const SmtpNotice&) = delete;
	std::uint16_t port() const { return options_.port; }
	SmtpNoticeStatus status() const;

private:
	struct Listener {
		Descriptor socket;
		Watch incoming;
		Timer later;
	};
	struct Session;
	SmtpNotice(Loop& loop, SmtpNoticeOptions options);
	[[nodiscard]] Result<void> listen(Family family);
	[[nodiscard]] Result<void> watch(Listener& listener);
	void accept_some(Listener& listener);
	void take_in(Descriptor fd, const Address& peer);
	void read(Session& session);
	[[nodiscard]] bool answer(Session& session, std::string_view line); // false: it is over
	void end(Session& session, bool is_orderly); // otherwise it is reset

	Loop& loop_;
	SmtpNoticeOptions options_;
	std::string greeting_;
	std::unique_ptr<Listener> ipv4_, ipv6_;
	std::unordered_map<int, std::unique_ptr<Session>> sessions_; // by descriptor
	std::unordered_map<Prefix, std::size_t> peers_;
	SmtpNoticeStatus status_;
};

} // namespace gate25
