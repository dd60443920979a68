// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace gate25 {
namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;
using boost::system::error_code;

struct Timer::State {
	State(asio::io_context& io, Loop::Function f, Milliseconds every)
	    : timer(io), function(std::move(f)), period(every) {}

	asio::steady_timer timer;
	Loop::Function function;
	Milliseconds period; // zero: once
	bool is_active = true;
};

struct Watch::State {
	State(asio::io_context& io, Loop::Function f) : descriptor(io), function(std::move(f)) {}
	~State() { release(); }
	void release() {
		is_active = false;
		if (descriptor.is_open()) descriptor.release(); // the descriptor itself is the caller's
	}

	asio::posix::stream_descriptor descriptor;
	Loop::Function function;
	bool is_active = true;
};

struct Loop::Private {
	asio::io_context io{1};
	asio::executor_work_guard<asio::io_context::executor_type> guard{io.get_executor()};
	std::vector<std::shared_ptr<asio::signal_set>> signals;
	std::function<void(const char*)> report = [](const char* what) {
		fmt::print(stderr, "a call of the event loop failed: {}\n", what);
	};
};

namespace {

void arm(const std::shared_ptr<Timer::State>& state, SteadyClock::time_point when) {
	state->timer.expires_at(when);
	state->timer.async_wait([state](const error_code& error) {
		if (error || !state->is_active) return;
		const bool is_repeated = state->period.count() > 0;
		// Armed before the call: what throws does not end the rounds.
		if (is_repeated)
			arm(state, std::max(state->timer.expiry() + state->period, SteadyClock::now()));
		else
			state->is_active = false;
		state->function();
	});
}

void arm(const std::shared_ptr<Watch::State>& state) {
	state->descriptor.async_wait(asio::posix::stream_descriptor::wait_read, [state](const error_code& error) {
		if (error || !state->is_active) return;
		try {
			state->function();
		} catch (...) { // whoever throws must not lose his descriptor
			if (state->is_active) arm(state);
			throw;
		}
		if (state->is_active) arm(state);
	});
}

void arm(const std::shared_ptr<asio::signal_set>& set, const std::shared_ptr<std::function<void(int)>>& f) {
	set->async_wait([set, f](const error_code& error, int number) {
		if (error) return;
		arm(set, f);
		(*f)(number);
	});
}

} // namespace

Timer& Timer::operator=(Timer&& other) noexcept {
	if (this == &other) return *this;
	cancel();
	state_ = std::move(other.state_);
	return *this;
}

void Timer::cancel() {
	if (!state_) return;
	state_->is_active = false;
	state_->timer.cancel();
	state_.reset();
}

bool Timer::is_pending() const {
	return state_ && state_->is_active;
}

Watch& Watch::operator=(Watch&& other) noexcept {
	if (this == &other) return *this;
	cancel();
	state_ = std::move(other.state_);
	return *this;
}

void Watch::cancel() {
	if (!state_) return;
	state_->release();
	state_.reset();
}

Loop::Loop() : private_(std::make_unique<Private>()) {}
Loop::~Loop() = default;

void Loop::run() {
	while (!private_->io.stopped()) {
		try {
			private_->io.run();
		} catch (const std::exception& error) {
			private_->report(error.what());
		}
	}
	private_->io.restart();
}

bool Loop::run_until(const std::function<bool()>& condition, Milliseconds limit) {
	const auto end = SteadyClock::now() + limit;
	while (!condition()) {
		const auto now = SteadyClock::now();
		if (now >= end || private_->io.stopped()) return false;
		try {
			// The condition may depend on something outside of the loop: look again now and then.
			private_->io.run_one_until(std::min(end, now + Milliseconds(10)));
		} catch (const std::exception& error) {
			private_->report(error.what());
		}
	}
	return true;
}

void Loop::stop() {
	private_->io.stop();
}

void Loop::post(Function f) {
	asio::post(private_->io, std::move(f));
}

Timer Loop::after(Milliseconds delay, Function f) {
	auto state = std::make_shared<Timer::State>(private_->io, std::move(f), Milliseconds::zero());
	arm(state, SteadyClock::now() + delay);
	return Timer(std::move(state));
}

Timer Loop::every(Milliseconds period, Function f) {
	auto state = std::make_shared<Timer::State>(private_->io, std::move(f), std::max(period, Milliseconds(1)));
	arm(state, SteadyClock::now() + period);
	return Timer(std::move(state));
}

void Loop::on_signal(std::initializer_list<int> signals, std::function<void(int)> f) {
	auto set = std::make_shared<asio::signal_set>(private_->io);
	for (const int number : signals) set->add(number);
	private_->signals.push_back(set);
	arm(set, std::make_shared<std::function<void(int)>>(std::move(f)));
}

Result<Watch> Loop::watch_readable(int fd, Function f) {
	auto state = std::make_shared<Watch::State>(private_->io, std::move(f));
	error_code error;
	state->descriptor.assign(fd, error);
	if (error)
		return fail(ErrorKind::kernel, fmt::format("cannot wait for descriptor {}: {}", fd, error.message()),
		            error.value());
	arm(state);
	return Watch(std::move(state));
}

void Loop::on_exception(std::function<void(const char*)> f) {
	private_->report = std::move(f);
}

boost::asio::io_context& Loop::io() {
	return private_->io;
}

} // namespace gate25
