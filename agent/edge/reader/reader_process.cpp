// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/reader/reader_process.h"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace gate25 {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;
using Wait = asio::posix::stream_descriptor;

constexpr std::size_t read_size = std::size_t{256} << 10U;
constexpr int most_reads = 8; // in one turn of the loop
constexpr std::size_t most_pieces = 128;

// What goes out, piece by piece.
struct Outgoing {
	std::string head;
	std::vector<std::string_view> texts;
	std::shared_ptr<const void> keep;
};

} // namespace

struct ReaderProcess::State : std::enable_shared_from_this<ReaderProcess::State> {
	State(Loop& the_loop, const ReaderStart& how, Child the_child, Scratch the_scratch, Events the_events)
	    : loop(the_loop), deadline(how.deadline), answerer(how.answerer), scratch(std::move(the_scratch)),
	      child(std::move(the_child)), socket(loop.io()), events(std::move(the_events)) {}
	~State() { close(); }

	void begin();
	void close();
	void end(const std::string& why);
	void died();

	void wait_to_read();
	bool read_available(); // whether anything came
	void consume();
	void take(std::uint64_t number, std::string_view body);

	void flush();
	void flush_soon();
	bool write_some(); // whether all is written, or the socket is gone
	void forget_written(std::size_t bytes);

	void progress();
	void arm(Milliseconds delay);
	void look_at_clock();

	Loop& loop;
	Milliseconds deadline;
	Answerer answerer;
	Scratch scratch; // outlives the child
	Child child;
	asio::posix::stream_descriptor socket;
	Events events;
	Watch death;
	Timer timer;
	bool is_open = true, is_finishing = false, is_flushing = false, is_silent = false;

	std::vector<char> in = std::vector<char>(read_size);
	std::size_t in_begin = 0, in_end = 0;
	std::deque<std::uint64_t> unanswered{0};
	SteadyClock::time_point last_progress = SteadyClock::now();

	std::deque<Outgoing> out;
	std::size_t out_done = 0; // bytes of the first one
};

void ReaderProcess::State::begin() {
	socket.assign(child.socket().release());
	auto watching = loop.watch_readable(child.death(), [self = weak_from_this()] {
		if (const auto state = self.lock()) state->died();
	});
	if (watching) death = std::move(*watching);
	wait_to_read();
	arm(deadline);
}

void ReaderProcess::State::close() {
	is_open = false;
	timer.cancel();
	error_code ignored;
	socket.close(ignored);
	out.clear();
}

void ReaderProcess::State::end(const std::string& why) {
	if (!is_open) return;
	const bool is_expected = is_finishing && unanswered.empty();
	close();
	child.kill();
	if (!is_expected) events.ended(why);
}

void ReaderProcess::State::died() {
	const auto self = shared_from_this();
	death.cancel();
	child.kill(); // what it has started could hold the socket open
	while (is_open && read_available()) {}
	const std::string why = child.reap();
	end(why);
	scratch = Scratch();
	if (events.gone) events.gone();
}

// --- answers -----------------------------------------------------------------------------------------

void ReaderProcess::State::wait_to_read() {
	socket.async_wait(Wait::wait_read, [self = weak_from_this()](const error_code& error) {
		const auto state = self.lock();
		if (error || !state || !state->is_open) return;
		state->read_available();
		if (state->is_open && !state->is_silent) state->wait_to_read();
	});
}

bool ReaderProcess::State::read_available() {
	bool has_read = false;
	for (int i = 0; i < most_reads && is_open; ++i) {
		if (in.size() - in_end < read_size / 2) {
			std::move(in.begin() + static_cast<std::ptrdiff_t>(in_begin), in.begin() + static_cast<std::ptrdiff_t>(in_end),
			          in.begin());
			in_end -= std::exchange(in_begin, 0);
			if (in.size() - in_end < read_size / 2) in.resize(in.size() * 2); // bounded: frames are
		}
		const auto size = ::recv(socket.native_handle(), in.data() + in_end, in.size() - in_end, MSG_DONTWAIT);
		if (size < 0 && (errno == EAGAIN || errno == EINTR)) break;
		if (size <= 0) { // it is dying: died() will know of what
			is_silent = true;
			child.kill();
			break;
		}
		has_read = true;
		in_end += static_cast<std::size_t>(size);
		consume();
	}
	return has_read;
}

void ReaderProcess::State::consume() {
	while (is_open && in_end - in_begin >= FrameHead::size) {
		const std::string_view bytes(in.data() + in_begin, in_end - in_begin);
		const auto head = read_frame(bytes, FrameHead::Kind::answer);
		if (!head || unanswered.empty() || head->number != unanswered.front())
			return end("it has sent what is no answer");
		if (bytes.size() - FrameHead::size < head->word) return;
		in_begin += FrameHead::size + head->word;
		take(head->number, bytes.substr(FrameHead::size, head->word));
	}
	if (in_begin != in_end) return;
	in_begin = in_end = 0;
	if (in.size() > read_size) in = std::vector<char>(read_size); // it held a large answer
}

void ReaderProcess::State::take(std::uint64_t number, std::string_view body) {
	auto answer = parse_answer(body, answerer);
	if (!answer) return end("it has sent what is no answer: " + answer.error().text);
	if (number == 0 && answer->kind == Answer::Kind::failed) return end(answer->why);
	if ((number == 0) != (answer->kind == Answer::Kind::ready)) return end("it has not said that it is ready");
	unanswered.pop_front();
	progress();
	events.answered(number, std::move(*answer));
}

// --- jobs --------------------------------------------------------------------------------------------

void ReaderProcess::State::flush_soon() {
	if (std::exchange(is_flushing, true)) return;
	loop.post([self = weak_from_this()] {
		if (const auto state = self.lock()) state->flush();
	});
}

void ReaderProcess::State::flush() {
	if (!is_open) return;
	if (write_some()) {
		is_flushing = false;
		if (is_open && is_finishing) ::shutdown(socket.native_handle(), SHUT_WR);
		return;
	}
	socket.async_wait(Wait::wait_write, [self = weak_from_this()](const error_code& error) {
		const auto state = self.lock();
		if (!error && state) state->flush();
	});
}

bool ReaderProcess::State::write_some() {
	while (!out.empty()) {
		std::array<iovec, most_pieces> pieces{};
		std::size_t count = 0, skip = out_done;
		const auto add = [&](std::string_view piece) {
			const auto skipped = std::min(skip, piece.size());
			skip -= skipped;
			piece.remove_prefix(skipped);
			if (!piece.empty() && count < pieces.size()) pieces[count++] = {const_cast<char*>(piece.data()), piece.size()};
		};
		for (const Outgoing& one : out) {
			if (count == pieces.size()) break;
			add(one.head);
			for (const std::string_view text : one.texts) add(text);
		}
		msghdr message{};
		message.msg_iov = pieces.data();
		message.msg_iovlen = count;
		const auto size = ::sendmsg(socket.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (size < 0 && errno == EINTR) continue;
		if (size < 0 && errno == EAGAIN) return false;
		if (size < 0) return true; // it is dead or dying, which is told elsewhere
		forget_written(static_cast<std::size_t>(size));
	}
	return true;
}

void ReaderProcess::State::forget_written(std::size_t bytes) {
	bytes += out_done;
	while (!out.empty()) {
		std::size_t size = out.front().head.size();
		for (const std::string_view text : out.front().texts) size += text.size();
		if (bytes < size) break;
		bytes -= size;
		out.pop_front();
	}
	out_done = bytes;
}

// --- time --------------------------------------------------------------------------------------------

void ReaderProcess::State::progress() {
	last_progress = SteadyClock::now();
}

void ReaderProcess::State::arm(Milliseconds delay) {
	timer = loop.after(delay, [self = weak_from_this()] {
		if (const auto state = self.lock()) state->look_at_clock();
	});
}

void ReaderProcess::State::look_at_clock() {
	if (!is_open || (unanswered.empty() && !is_finishing)) return;
	// The agent may have been late, and not the reader.
	read_available();
	if (!is_open) return;
	const auto waited = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - last_progress);
	if (waited >= deadline) return end(fmt::format("it had no answer within {} ms", deadline.count()));
	arm(deadline - waited);
}

// --- the owner's side --------------------------------------------------------------------------------

Result<std::unique_ptr<ReaderProcess>> ReaderProcess::start(Loop& loop, const ReaderStart& how, Scratch scratch,
                                                            Events events) {
	auto child = Child::start(how.program, how.arguments);
	if (!child) return fail(child.error());
	auto state = std::make_shared<State>(loop, how, std::move(*child), std::move(scratch), std::move(events));
	state->begin();
	return std::unique_ptr<ReaderProcess>(new ReaderProcess(std::move(state)));
}

ReaderProcess::~ReaderProcess() {
	state_->events = {[](std::uint64_t, const Answer&) {}, [](const std::string&) {}, {}};
	state_->death.cancel();
	state_->close();
}

void ReaderProcess::send(std::uint64_t number, const std::vector<std::string_view>& texts,
                         std::shared_ptr<const void> keep) {
	if (!state_->is_open) return;
	if (state_->unanswered.empty()) {
		state_->progress();
		if (!state_->timer.is_pending()) state_->arm(state_->deadline);
	}
	state_->unanswered.push_back(number);
	state_->out.push_back({job_head(number, texts), texts, std::move(keep)});
	state_->flush_soon();
}

void ReaderProcess::finish() {
	if (!state_->is_open) return;
	state_->is_finishing = true;
	state_->progress();
	if (!state_->timer.is_pending()) state_->arm(state_->deadline);
	state_->flush_soon();
}

} // namespace gate25
