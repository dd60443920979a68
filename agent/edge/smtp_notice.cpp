// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/smtp_notice.h"

#include "edge/kernel/dialled.h"
#include "edge/line_buffer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <utility>

namespace gate25 {
namespace {

constexpr std::uint16_t smtp = 25;
// With the line's end; RFC 5321 4.5.3.1.4.
constexpr std::size_t longest_line = 512;
constexpr int accepted_per_turn = 32, backlog = 256;
constexpr Milliseconds pause{50};
// Of the kernel for each session: all we say fits in, and who does not read it is not waited for.
constexpr int socket_buffer = 4096;

constexpr std::string_view closing = "221 2.0.0 Closing\r\n", bad_sequence = "503 5.5.1 Bad sequence of commands, say QUIT\r\n",
                           too_long = "500 5.5.2 Line too long\r\n";

Error no_listener(std::uint16_t port, const char* what) {
	return {ErrorKind::conflict, fmt::format("the notice cannot listen on port {}: {}: {}", port, what, std::strerror(errno)), errno};
}

// A kernel may lack one of them, which is no reason not to serve the other; without both nobody is served.
Error no_family(std::uint16_t port) {
	return {ErrorKind::unavailable,
	        fmt::format("the notice cannot listen on port {}: sockets of neither IPv4 nor IPv6 are to be had; a unit of systemd "
	                    "wants RestrictAddressFamilies=AF_INET AF_INET6", port),
	        EAFNOSUPPORT};
}

// Whoever asks for more than he gets: at once and without a trace, also in the kernel.
void reset(Descriptor fd) {
	const linger now{1, 0};
	setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
	fd.close();
}

// RFC 5321 2.4: in any case.
bool is_command(std::string_view line, std::string_view command) {
	const auto word = line.substr(0, line.find_first_of(" \r\n"));
	return std::equal(word.begin(), word.end(), command.begin(), command.end(),
	                  [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 'a' + 'A' : a) == b; });
}

bool send_all(int fd, std::string_view text) {
	return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(text.size());
}

Address address_of(const sockaddr_storage& peer) {
	if (peer.ss_family == AF_INET) return Address::ipv4(ntohl(reinterpret_cast<const sockaddr_in&>(peer).sin_addr.s_addr));
	return Address::from_bytes(reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr.s6_addr);
}

Result<Descriptor> listening(Family family, std::uint16_t& port) {
	const bool is_v4 = family == Family::ipv4;
	Descriptor fd(::socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	if (!fd.is_open()) return fail(no_listener(port, "no socket"));
	const int on = 1;
	setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	// Inherited by whoever is accepted.
	setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &socket_buffer, sizeof socket_buffer);
	setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &socket_buffer, sizeof socket_buffer);
	if (!is_v4) setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	sockaddr_in v4{};
	v4.sin_family = AF_INET;
	v4.sin_port = htons(port);
	sockaddr_in6 v6{};
	v6.sin6_family = AF_INET6;
	v6.sin6_port = htons(port);
	auto* here = is_v4 ? reinterpret_cast<sockaddr*>(&v4) : reinterpret_cast<sockaddr*>(&v6);
	socklen_t size = is_v4 ? sizeof v4 : sizeof v6;
	if (::bind(fd.get(), here, size) != 0) return fail(no_listener(port, "cannot bind"));
	if (::listen(fd.get(), backlog) != 0) return fail(no_listener(port, "cannot listen"));
	if (::getsockname(fd.get(), here, &size) == 0) port = ntohs(is_v4 ? v4.sin_port : v6.sin6_port);
	return fd;
}

} // namespace

struct SmtpNotice::Session {
	Descriptor fd;
	Prefix peer;
	LineBuffer lines{longest_line - 1}; // the buffer does not count the newline
	unsigned commands = 0;
	Watch readable{};
	Timer deadline{};
};

Result<std::unique_ptr<SmtpNotice>> SmtpNotice::open(Loop& loop, SmtpNoticeOptions options) {
	std::unique_ptr<SmtpNotice> made(new SmtpNotice(loop, std::move(options)));
	for (const Family family : {Family::ipv4, Family::ipv6})
		if (auto listens = made->listen(family); !listens && listens.error().saved_errno != EAFNOSUPPORT) return fail(listens.error());
	if (!made->ipv4_ && !made->ipv6_) return fail(no_family(made->port()));
	return made;
}

SmtpNotice::SmtpNotice(Loop& loop, SmtpNoticeOptions options)
    : loop_(loop), options_(std::move(options)), greeting_(fmt::format("554 5.7.1 {}\r\n", options_.text)) {
	if (!options_.dialled) options_.dialled = dialled_port;
}

SmtpNotice::~SmtpNotice() = default;

Result<void> SmtpNotice::listen(Family family) {
	auto socket = listening(family, options_.port);
	if (!socket) return fail(socket.error());
	auto& listener = family == Family::ipv4 ? ipv4_ : ipv6_;
	listener = std::make_unique<Listener>(Listener{std::move(*socket), {}, {}});
	return watch(*listener);
}

Result<void> SmtpNotice::watch(Listener& listener) {
	auto watched = loop_.watch_readable(listener.socket.get(), [this, &listener] { accept_some(listener); });
	if (!watched) return fail(watched.error());
	listener.incoming = std::move(*watched);
	return {};
}

void SmtpNotice::accept_some(Listener& listener) {
	for (int i = 0; i < accepted_per_turn; ++i) {
		sockaddr_storage peer{};
		socklen_t size = sizeof peer;
		Descriptor fd(::accept4(listener.socket.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
		if (fd.is_open()) {
			take_in(std::move(fd), address_of(peer));
			continue;
		}
		if (errno == ECONNABORTED || errno == EINTR) continue;
		if (errno == EAGAIN || errno == EWOULDBLOCK) return;
		// Out of descriptors or memory, for a moment: the kernel keeps reporting those who wait.
		listener.incoming.cancel();
		listener.later = loop_.every(pause, [this, &listener] {
			if (watch(listener)) listener.later.cancel();
		});
		return;
	}
}

void SmtpNotice::take_in(Descriptor fd, const Address& peer) {
	const Prefix who = peer.family() == Family::ipv4 ? Prefix::host(peer) : Prefix::of(peer, options_.limits.peer_prefix_ipv6);
	const auto there = peers_.find(who);
	const bool is_welcome = sessions_.size() < options_.limits.connections &&
	                        (there == peers_.end() || there->second < options_.limits.per_peer) && options_.dialled(fd.get()) == smtp;
	// It fits into the new socket's empty buffer, or something is wrong with that.
	if (!is_welcome || !send_all(fd.get(), greeting_)) {
		++status_.refused;
		return reset(std::move(fd));
	}
	const int number = fd.get();
	auto session = std::make_unique<Session>(Session{std::move(fd), who});
	auto& one = *session;
	auto watched = loop_.watch_readable(number, [this, &one] { read(one); });
	if (!watched) return reset(std::move(one.fd));
	one.readable = std::move(*watched);
	one.deadline = loop_.after(options_.limits.time, [this, &one] { end(one, false); });
	sessions_.emplace(number, std::move(session));
	++peers_[who];
	++status_.served;
}

// One read in a turn: there is never more to take than a few lines.
void SmtpNotice::read(Session& session) {
	std::array<char, longest_line> bytes;
	const auto size = ::recv(session.fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
	if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
	if (size <= 0) return end(session, true);
	session.lines.feed({bytes.data(), static_cast<std::size_t>(size)});
	while (session.lines.whole() > 0)
		if (!answer(session, session.lines.take(1))) return;
	if (session.lines.take_too_long() == 0) return;
	send_all(session.fd.get(), too_long);
	end(session, true);
}

bool SmtpNotice::answer(Session& session, std::string_view line) {
	const bool is_quit = is_command(line, "QUIT");
	if (!is_quit && ++session.commands < options_.limits.commands && send_all(session.fd.get(), bad_sequence)) return true;
	if (is_quit) send_all(session.fd.get(), closing);
	end(session, is_quit);
	return false;
}

void SmtpNotice::end(Session& session, bool is_orderly) {
	const auto peer = peers_.find(session.peer);
	if (--peer->second == 0) peers_.erase(peer);
	const auto over = sessions_.extract(session.fd.get());
	session.readable.cancel();
	session.deadline.cancel();
	if (is_orderly)
		session.fd.close();
	else
		reset(std::move(session.fd));
}

SmtpNoticeStatus SmtpNotice::status() const {
	SmtpNoticeStatus now = status_;
	now.connections = sessions_.size();
	return now;
}

} // namespace gate25
