// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/acceptor.h"

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace gate25 {
namespace {

constexpr Milliseconds pause_without_descriptors{50};

bool is_out_of_descriptors(int error) {
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

} // namespace

Result<void> Acceptor::start() {
	auto watched = loop_.watch_readable(socket_.fd(), [this] { accept_some(); });
	if (!watched) return fail(watched.error());
	incoming_ = std::move(*watched);
	return {};
}

void Acceptor::accept_some() {
	for (int i = 0; i < options_.most_per_turn; ++i) {
		Descriptor fd(::accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
		if (fd.is_open()) {
			options_.take_in(std::move(fd));
			continue;
		}
		if (errno == ECONNABORTED || errno == EINTR) continue;
		if (is_out_of_descriptors(errno) && !options_.make_room()) pause();
		return;
	}
}

// The kernel keeps reporting those who wait, so do not look for a moment.
void Acceptor::pause() {
	incoming_.cancel();
	later_ = loop_.after(pause_without_descriptors, [this] {
		if (!start()) pause();
	});
}

void Acceptor::stop() {
	incoming_.cancel();
	later_.cancel();
	socket_.close();
}

} // namespace gate25
