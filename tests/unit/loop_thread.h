// SPDX-License-Identifier: GPL-2.0-or-later
//
// A loop on a thread of its own, and ways to look at what lives on it.
#pragma once

#include "edge/loop.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace gate25::test {

class LoopThread {
public:
	// On the loop's thread, and waits for it.
	void on_loop(const std::function<void()>& f) {
		std::mutex mutex;
		std::condition_variable done;
		bool is_done = false;
		loop_.post([&] {
			f();
			const std::lock_guard lock(mutex);
			is_done = true;
			done.notify_one();
		});
		std::unique_lock lock(mutex);
		done.wait(lock, [&] { return is_done; });
	}
	// Asks on the loop's thread until it holds; false: it does not in time.
	bool wait_for(const std::function<bool()>& condition) {
		const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
		for (bool holds = false; std::chrono::steady_clock::now() < end;) {
			on_loop([&] { holds = condition(); });
			if (holds) return true;
			std::this_thread::sleep_for(Milliseconds(1)); // between two looks, not instead of one
		}
		return false;
	}

protected:
	void run() {
		thread_ = std::thread([this] { loop_.run(); });
	}
	void end() {
		loop_.stop();
		thread_.join();
	}
	Loop loop_;

private:
	std::thread thread_;
};

} // namespace gate25::test
