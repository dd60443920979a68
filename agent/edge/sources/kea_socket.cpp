// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/sources/kea_socket.h"

#include "wire/kea_answer.h"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <utility>

namespace gate25 {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// A configuration with hundreds of thousands of reservations; a page is a hundredth of that.
constexpr std::size_t longest_answer = std::size_t{128} << 20U;

} // namespace

// One connection: a command, and all that is answered until the server closes it.
class KeaSocket::Question : public std::enable_shared_from_this<Question> {
public:
	using Done = std::function<void(Result<std::string>)>;
	Question(Loop& loop, std::string command, Done done) : socket_(loop.io()), command_(std::move(command)), done_(std::move(done)) {}

	void ask(Loop& loop, const std::string& path, Milliseconds patience) {
		patience_ = patience;
		late_ = loop.after(patience, [this] { end(fail(ErrorKind::unavailable, fmt::format("no answer within {} ms", patience_.count()))); });
		socket_.async_connect(asio::local::stream_protocol::endpoint(path), [self = shared_from_this()](const error_code& error) {
			if (error) return self->end(fail(ErrorKind::unavailable, error.message(), error.value()));
			self->write();
		});
	}
	// Nobody wants the answer any more.
	void cancel() {
		done_ = nullptr;
		close();
	}

private:
	void write() {
		asio::async_write(socket_, asio::buffer(command_), [self = shared_from_this()](const error_code& error, std::size_t) {
			if (error) return self->end(fail(ErrorKind::unavailable, error.message(), error.value()));
			self->read();
		});
	}
	void read() {
		socket_.async_read_some(asio::buffer(bytes_), [self = shared_from_this()](const error_code& error, std::size_t size) {
			self->answer_.append(self->bytes_.data(), size);
			if (error == asio::error::eof) return self->end(std::move(self->answer_));
			if (error) return self->end(fail(ErrorKind::unavailable, error.message(), error.value()));
			if (self->answer_.size() > longest_answer)
				return self->end(fail(ErrorKind::bad_input, fmt::format("an answer of more than {} bytes", longest_answer)));
			self->read();
		});
	}
	void end(Result<std::string> answer) {
		const auto self = shared_from_this();
		close();
		if (const Done done = std::exchange(done_, nullptr)) done(std::move(answer));
	}
	void close() {
		late_.cancel();
		error_code ignored;
		socket_.close(ignored);
	}

	asio::local::stream_protocol::socket socket_;
	std::string command_, answer_;
	std::array<char, std::size_t{16} << 10U> bytes_{};
	Done done_;
	Milliseconds patience_{};
	Timer late_;
};

KeaSocket::KeaSocket(Loop& loop, KeaSocketOptions options) : loop_(loop), options_(std::move(options)) {
	after(Milliseconds(0));
}

KeaSocket::~KeaSocket() {
	if (question_) question_->cancel();
}

void KeaSocket::restart() {
	if (next_.is_pending()) return after(Milliseconds(0));
	is_restart_ = true;
}

void KeaSocket::after(Milliseconds delay) {
	next_ = loop_.after(delay, [this] { begin(); });
}

void KeaSocket::begin() {
	is_restart_ = false;
	begins_ = true;
	last_.reset();
	if (family_) return ask_page();
	ask(kea_family_command(), &KeaSocket::take_family);
}

void KeaSocket::ask(const std::string& command, void (KeaSocket::*answered)(const std::string&)) {
	question_ = std::make_shared<Question>(loop_, command, [this, answered](Result<std::string> answer) {
		question_.reset();
		if (!answer) return give_up(fmt::format("Kea does not answer at {}: {}", options_.path, answer.error().text));
		(this->*answered)(*answer);
	});
	question_->ask(loop_, options_.path, options_.patience);
}

void KeaSocket::take_family(const std::string& answer) {
	const auto family = read_kea_family(answer);
	if (!family) return give_up(fmt::format("{}: {}", options_.path, family.error().text));
	family_ = *family;
	ask_page();
}

void KeaSocket::ask_page() {
	if (is_restart_) return begin();
	ask(kea_page_command(*family_, last_, options_.page), &KeaSocket::take_page);
}

void KeaSocket::take_page(const std::string& answer) {
	auto page = read_kea_page(answer, *family_, options_.name);
	if (!page) return give_up(fmt::format("{}: {}", options_.path, page.error().text));
	const bool is_last = page->count == 0;
	// Pages go by address, so this ends.
	if (!is_last && (!page->last || (last_ && *page->last <= *last_)))
		return give_up(fmt::format("{}: Kea's page behind {} has nothing behind it", options_.path, last_ ? last_->text() : "the start"));
	last_ = page->last;
	LeasePiece piece;
	piece.begins = std::exchange(begins_, false);
	piece.is_whole = is_last;
	piece.leases = std::move(page->leases);
	piece.bad = page->bad;
	if (page->bad > 0) piece.problem = fmt::format("{}: {}", options_.path, page->problem);
	hand_over(std::move(piece), is_last);
}

// Another server may answer next time.
void KeaSocket::give_up(const std::string& problem) {
	family_.reset();
	LeasePiece piece;
	piece.problem = problem;
	hand_over(std::move(piece), true);
}

void KeaSocket::hand_over(LeasePiece piece, bool is_last) {
	options_.handler(std::move(piece), [this, is_last, alive = std::weak_ptr(alive_)] {
		if (alive.expired()) return;
		loop_.post([this, is_last, alive] {
			if (alive.expired()) return;
			if (!is_last) return ask_page();
			after(is_restart_ ? Milliseconds(0) : options_.every);
		});
	});
}

} // namespace gate25
