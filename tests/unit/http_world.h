// SPDX-License-Identifier: GPL-2.0-or-later
//
// A server on a socket of its own, its loop on a thread of its own, and raw clients that may do what no
// library would. Waits are for conditions; a limit is only there to end a test that has failed.
#pragma once

#include "edge/http_server.h"
#include "loop_thread.h"

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace gate25::test {

inline constexpr Seconds too_long{30};

class TempDirectory {
public:
	TempDirectory() {
		std::string name = "/tmp/gate25-unit-XXXXXX";
		if (::mkdtemp(name.data()) == nullptr) std::abort();
		path_ = name;
		std::filesystem::permissions(path_, std::filesystem::perms(0755));
	}
	TempDirectory(const TempDirectory&) = delete;
	TempDirectory& operator=(const TempDirectory&) = delete;
	~TempDirectory() {
		std::error_code ignored;
		std::filesystem::remove_all(path_, ignored);
	}
	std::string operator/(const std::string& name) const { return path_ + "/" + name; }
	const std::string& path() const { return path_; }

private:
	std::string path_;
};

// One connection as bytes.
class RawClient {
public:
	explicit RawClient(const std::string& path) {
		auto fd = connect_unix(path, too_long);
		if (fd) fd_ = std::move(*fd);
		const timeval limit{too_long.count(), 0};
		::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	}
	bool is_connected() const { return fd_.is_open(); }
	// False: the server has closed.
	bool send(std::string_view text) const {
		while (!text.empty()) {
			const auto size = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
			if (size <= 0) return false;
			text.remove_prefix(static_cast<std::size_t>(size));
		}
		return true;
	}
	// One reply: the head and as much body as Content-Length says. Empty: closed without one.
	std::string reply() {
		while (rest_.find("\r\n\r\n") == std::string::npos)
			if (!receive()) return std::exchange(rest_, {});
		const auto body = rest_.find("\r\n\r\n") + 4;
		const auto field = rest_.find("Content-Length: ");
		const std::size_t size = field < body ? std::stoul(rest_.substr(field + 16)) : 0;
		while (rest_.size() < body + size)
			if (!receive()) break;
		std::string one = rest_.substr(0, body + size);
		rest_.erase(0, one.size());
		return one;
	}
	std::string get(const std::string& target) {
		send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
		return reply();
	}
	// All that arrives until the text has been seen or the server has closed.
	std::string until(std::string_view text) {
		while (rest_.find(text) == std::string::npos && receive()) {
		}
		return rest_;
	}
	bool is_closed_by_server() {
		while (receive()) {
		}
		return errno_ != EAGAIN;
	}
	void close() { fd_.close(); }
	void stop_sending() const { ::shutdown(fd_.get(), SHUT_WR); }

private:
	bool receive() {
		char bytes[65536];
		const auto size = ::recv(fd_.get(), bytes, sizeof bytes, 0);
		errno_ = size < 0 ? errno : 0;
		if (size > 0) rest_.append(bytes, static_cast<std::size_t>(size));
		return size > 0;
	}

	Descriptor fd_;
	std::string rest_;
	int errno_ = 0;
};

inline bool has_status(const std::string& reply, unsigned status) {
	return reply.rfind("HTTP/1.1 " + std::to_string(status) + " ", 0) == 0;
}
inline std::string body_of(const std::string& reply) {
	return reply.substr(reply.find("\r\n\r\n") + 4);
}

// Answers /v1/echo (what it was given), /hold (when release() is called), /events, /never, /twice, /throw, /memory.
class ServerWorld : public LoopThread {
public:
	explicit ServerWorld(HttpLimits limits = {}, std::string group = {}, Authorize authorize = {}) {
		HttpServerOptions options;
		options.path = path;
		options.group = std::move(group);
		options.authorize = std::move(authorize);
		options.limits = limits;
		options.handler = [this](HttpRequest request, HttpReply reply) {
			answer(std::move(request), std::move(reply));
		};
		auto opened = HttpServer::open(loop_, std::move(options));
		if (!opened) throw std::runtime_error(opened.error().text);
		server_ = std::move(*opened);
		run();
	}
	~ServerWorld() {
		on_loop([this] {
			held.clear();
			server_.reset();
		});
		end();
	}

	HttpStatus status() {
		HttpStatus now;
		on_loop([&] { now = server_->status(); });
		return now;
	}
	// Nobody is connected and nothing is held any more.
	bool is_idle() {
		return wait_for([this] { return server_->status().connections == 0; });
	}
	HttpServer& server() { return *server_; }

	TempDirectory directory;
	std::string path = directory / "control.sock";
	// Of the loop's thread:
	std::vector<HttpReply> held;
	std::vector<std::shared_ptr<EventClient>> followers;
	HttpRequest last;

private:
	void answer(HttpRequest request, HttpReply reply) {
		last = request;
		const std::string name = request.path.empty() ? "" : request.path.back();
		if (name == "hold") return held.push_back(std::move(reply));
		if (name == "never") return;
		if (name == "throw") throw std::runtime_error("a handler failed");
		if (name == "memory") throw std::bad_alloc();
		HttpResponse response;
		response.body = std::move(request.body);
		if (name == "big") response.body.assign(std::size_t{64} << 20U, 'x');
		if (name == "events")
			response.follow = [this](std::shared_ptr<EventClient> client) {
				followers.push_back(std::move(client));
			};
		reply(response);
		if (name == "twice") reply(response);
	}

	std::unique_ptr<HttpServer> server_;
};

} // namespace gate25::test
