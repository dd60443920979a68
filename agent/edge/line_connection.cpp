// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/line_connection.h"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace gate25 {
namespace {

constexpr std::size_t read_at_once = std::size_t{64} << 10U;

} // namespace

LineConnection::LineConnection(LineSocket& socket, Descriptor fd, Peer peer)
    : socket_(&socket), fd_(std::move(fd)), peer_(std::move(peer)), buffer_(socket.options_.limits.longest_line) {}

void LineConnection::proceed() {
	const auto self = shared_from_this(); // whoever is called may close it
	if (socket_ == nullptr || is_busy_) return;
	if (!buffer_.has_news()) read();
	if (buffer_.has_news()) hand_over();
	if (socket_ == nullptr) return;
	if (is_busy_) {
		readable_.cancel();
		is_watching_ = false;
		return;
	}
	if (buffer_.has_news()) return again();
	if (is_ended_ || (is_finishing_ && is_dry_)) return close();
	if (is_finishing_) return again();
	watch();
}

void LineConnection::finish() {
	is_finishing_ = true;
	proceed();
}

void LineConnection::again() {
	socket_->loop_.post([weak = weak_from_this()] {
		if (const auto self = weak.lock()) self->proceed();
	});
}

void LineConnection::watch() {
	if (is_watching_) return;
	auto watched = socket_->loop_.watch_readable(fd_.get(), [this] { proceed(); });
	if (!watched) return close();
	readable_ = std::move(*watched);
	is_watching_ = true;
}

void LineConnection::read() {
	std::array<char, read_at_once> bytes;
	is_dry_ = false;
	for (std::size_t read = 0; read < socket_->options_.limits.chunk && !is_dry_ && !is_ended_;) {
		const auto size = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
		if (size > 0) {
			read += static_cast<std::size_t>(size);
			buffer_.feed({bytes.data(), static_cast<std::size_t>(size)});
			continue;
		}
		if (size < 0 && errno == EINTR) continue;
		is_dry_ = size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
		is_ended_ = !is_dry_;
	}
	if (is_ended_) buffer_.end();
}

void LineConnection::hand_over() {
	LineChunk chunk;
	chunk.lines = buffer_.take(socket_->options_.limits.chunk);
	chunk.too_long = buffer_.take_too_long();
	chunk.peer = peer_;
	socket_->status_.bytes += chunk.lines.size();
	socket_->status_.too_long += chunk.too_long;
	is_busy_ = is_handing_over_ = true;
	auto once = std::make_shared<bool>(false);
	socket_->options_.handler(std::move(chunk), [weak = weak_from_this(), once](Result<void> result) {
		if (std::exchange(*once, true)) return;
		if (const auto self = weak.lock()) self->taken(result);
	});
	is_handing_over_ = false;
}

void LineConnection::taken(const Result<void>& result) {
	is_busy_ = false;
	if (socket_ == nullptr) return;
	if (!result) return close();
	if (!is_handing_over_) again();
}

void LineConnection::close() {
	if (socket_ == nullptr) return;
	readable_.cancel();
	is_watching_ = false;
	fd_.close();
	std::exchange(socket_, nullptr)->remove(shared_from_this());
}

} // namespace gate25
