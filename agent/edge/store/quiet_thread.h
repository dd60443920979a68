// SPDX-License-Identifier: GPL-2.0-or-later
//
// A thread that no signal comes to: signals are the loop's. SIGXFSZ would even kill us where EFBIG is what we want.
#pragma once

#include <csignal>
#include <functional>
#include <thread>
#include <utility>

namespace gate25 {

inline std::thread start_without_signals(std::function<void()> run) {
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	std::thread thread(std::move(run));
	pthread_sigmask(SIG_SETMASK, &before, nullptr);
	return thread;
}

} // namespace gate25
