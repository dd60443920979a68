// SPDX-License-Identifier: GPL-2.0-or-later
//
// The one event loop of the agent. Everything but post() and stop() belongs to the thread that runs it.
// Asio stays behind this header, so that only the edges that need sockets pay for it.
#pragma once

#include "core/result.h"
#include "core/time.h"

#include <functional>
#include <initializer_list>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace gate25 {

// Holds a pending call; letting go of it cancels the call. Must not outlive the Loop.
class [[nodiscard]] Timer {
public:
	struct State;

	Timer() = default;
	explicit Timer(std::shared_ptr<State> state) : state_(std::move(state)) {}
	Timer(Timer&&) noexcept = default;
	Timer& operator=(Timer&& other) noexcept;
	~Timer() { cancel(); }

	void cancel(); // safe within the call itself
	bool is_pending() const;

private:
	std::shared_ptr<State> state_;
};

// Holds the interest in a file descriptor, which stays its owner's: let go of the Watch before closing it.
class [[nodiscard]] Watch {
public:
	struct State;

	Watch() = default;
	explicit Watch(std::shared_ptr<State> state) : state_(std::move(state)) {}
	Watch(Watch&&) noexcept = default;
	Watch& operator=(Watch&& other) noexcept;
	~Watch() { cancel(); }

	void cancel(); // safe within the call itself

private:
	std::shared_ptr<State> state_;
};

class Loop {
public:
	using Function = std::function<void()>;

	Loop();
	~Loop();
	Loop(const Loop&) = delete;
	Loop& operator=(const Loop&) = delete;

	// Returns after stop(). A call that throws does not end the loop: see on_exception().
	void run();
	// Runs until the condition holds (true) or the time is over (false). For start-up and for tests.
	bool run_until(const std::function<bool()>& condition, Milliseconds limit);
	void stop();           // from any thread
	void post(Function f); // from any thread; called in the order of the posts

	Timer after(Milliseconds delay, Function f);
	Timer every(Milliseconds period, Function f); // missed rounds are skipped, not made up for
	void on_signal(std::initializer_list<int> signals, std::function<void(int)> f);
	// Calls f as long as the descriptor has something to read (or an error to fetch).
	[[nodiscard]] Result<Watch> watch_readable(int fd, Function f);
	// Told of what a call let escape. The default writes it to standard error.
	void on_exception(std::function<void(const char*)> f);

	boost::asio::io_context& io(); // for other edges only

private:
	struct Private;
	std::unique_ptr<Private> private_;
};

} // namespace gate25
