// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/policy_server_connection.h"

#include <boost/asio/io_context.hpp>

#include <array>
#include <cerrno>
#include <string_view>
#include <sys/socket.h>
#include <utility>

namespace gate25 {
namespace {

constexpr std::size_t read_at_once = std::size_t{16} << 10U;
constexpr std::size_t kept_buffer = 4096; // an idle connection keeps no more memory than this

using Descriptors = boost::asio::posix::stream_descriptor;

} // namespace

PolicyConnection::PolicyConnection(PolicyServer& server, Descriptor fd, std::string who)
    : server_(&server), who_(std::move(who)), stream_(server.loop_.io(), fd.get()), since_(std::chrono::steady_clock::now()) {
	fd.release();
}

// Nothing that goes wrong for one connection may go further than this.
template <class Step> void PolicyConnection::guarded(Step step) {
	const auto self = shared_from_this();
	try {
		step();
	} catch (const std::exception&) {
		close();
	}
}

void PolicyConnection::wait_for_more() {
	stream_.async_wait(Descriptors::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
		if (self->server_ == nullptr) return;
		if (error) return self->close();
		self->guarded([&] { self->read(); });
	});
}

void PolicyConnection::read() {
	std::array<char, read_at_once> bytes;
	const auto size = ::recv(stream_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT);
	if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) return close();
	if (size < 0) return wait_for_more();
	if (in_.empty()) since_ = std::chrono::steady_clock::now();
	in_.append(bytes.data(), static_cast<std::size_t>(size));
	proceed();
}

// Answers until all is answered or there is enough to send first.
void PolicyConnection::proceed() {
	answer();
	if (server_ == nullptr) return;
	if (!out_.empty()) return send();
	wait_for_more();
}

void PolicyConnection::answer() {
	std::size_t from = 0;
	const PolicyServerOptions& options = server_->options_;
	while (!is_last_ && out_.size() < options.limits.most_unsent) {
		const std::string_view rest = std::string_view(in_).substr(from);
		// An empty line where a request should begin is an empty request.
		const auto end = rest.starts_with('\n') ? 0 : rest.find("\n\n", seen_);
		if (end == rest.npos) {
			seen_ = rest.empty() ? 0 : rest.size() - 1;
			is_last_ = rest.size() > options.limits.longest_request;
			break;
		}
		seen_ = 0;
		if (end > options.limits.longest_request) {
			is_last_ = true;
			break;
		}
		out_ += options.answer(rest.substr(0, end));
		if (server_ == nullptr) return; // the answer was the end of the server
		from += end + (end == 0 ? 1 : 2);
	}
	if (is_last_ && in_.size() > from) {
		++server_->status_.too_long;
		out_ += options.answer_too_long();
		from = in_.size();
	}
	in_.erase(0, from);
	if (in_.empty() && in_.capacity() > kept_buffer) in_.shrink_to_fit();
	if (from > 0) since_ = std::chrono::steady_clock::now();
}

void PolicyConnection::send() {
	while (!out_.empty()) {
		const auto size = ::send(stream_.native_handle(), out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (size > 0) {
			out_.erase(0, static_cast<std::size_t>(size));
			continue;
		}
		if (errno == EINTR) continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK) return close();
		stream_.async_wait(Descriptors::wait_write, [self = shared_from_this()](const boost::system::error_code& error) {
			if (self->server_ == nullptr) return;
			if (error) return self->close();
			self->guarded([&] { self->send(); });
		});
		return;
	}
	if (is_last_) return close();
	since_ = std::chrono::steady_clock::now();
	if (in_.empty()) return wait_for_more();
	// The others have their turn before the rest of a long row.
	server_->loop_.post([weak = weak_from_this()] {
		const auto self = weak.lock();
		if (self && self->server_ != nullptr) self->guarded([&] { self->proceed(); });
	});
}

bool PolicyConnection::is_late(Time now) const {
	const PolicyLimits& limits = server_->options_.limits;
	const Milliseconds most = !out_.empty() ? limits.write_deadline : !in_.empty() ? limits.request_deadline : limits.idle_deadline;
	return now - since_ > most;
}

void PolicyConnection::close() {
	if (server_ == nullptr) return;
	boost::system::error_code ignored;
	stream_.close(ignored);
	std::exchange(server_, nullptr)->remove(shared_from_this());
}

} // namespace gate25
