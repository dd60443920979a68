// SPDX-License-Identifier: GPL-2.0-or-later
#include "http.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace bench {
namespace {

[[noreturn]] void give_up(const std::string& what) {
	fmt::print(stderr, "the agent's socket: {}\n", what);
	std::exit(1);
}

std::size_t length_in(const std::string& head) {
	const char* field = strcasestr(head.c_str(), "\r\ncontent-length:");
	if (field == nullptr) give_up("an answer without Content-Length: " + head);
	return std::strtoul(field + std::strlen("\r\ncontent-length:"), nullptr, 10);
}

} // namespace

Http::Http(const std::string& socket) {
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	if (socket.size() >= sizeof address.sun_path) give_up("the path is too long: " + socket);
	std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
	fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd_ < 0 || connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
		give_up(socket + ": " + std::strerror(errno));
}

Http::~Http() { close(fd_); }

void Http::write_all(const std::string& text) const {
	for (std::size_t at = 0; at < text.size();) {
		const ssize_t put = send(fd_, text.data() + at, text.size() - at, MSG_NOSIGNAL);
		if (put < 0) give_up(std::string("send: ") + std::strerror(errno));
		at += static_cast<std::size_t>(put);
	}
}

std::string Http::read_answer() {
	std::size_t head = std::string::npos, whole = std::string::npos;
	char piece[65536];
	while (true) {
		if (head == std::string::npos && (head = left_.find("\r\n\r\n")) != std::string::npos) {
			head += 4;
			whole = head + length_in(left_.substr(0, head));
		}
		if (left_.size() >= whole && whole != std::string::npos) break;
		const ssize_t got = recv(fd_, piece, sizeof piece, 0);
		if (got <= 0) give_up(got < 0 ? std::strerror(errno) : "the agent has hung up");
		left_.append(piece, static_cast<std::size_t>(got));
	}
	if (left_.compare(0, 12, "HTTP/1.1 200") != 0) give_up(left_.substr(0, 400));
	std::string body = left_.substr(head, whole - head);
	left_.erase(0, whole);
	return body;
}

std::string Http::post(const std::string& target, const std::string& type, const std::string& body) {
	write_all(fmt::format("POST {} HTTP/1.1\r\nHost: gate25\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n", target, type,
	                      body.size()) + body);
	return read_answer();
}

} // namespace bench
