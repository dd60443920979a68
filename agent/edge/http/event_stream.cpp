// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/http/event_stream.h"

#include "edge/loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace gate25 {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::string_view head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n";
constexpr std::size_t most_unexpected = 64 * 1024;
constexpr std::string_view last_chunk = "0\r\n\r\n";

// A line break within a value would begin a new field.
std::string event_text(std::string_view name, std::string_view json) {
	std::string text = "event: ";
	std::remove_copy_if(name.begin(), name.end(), std::back_inserter(text),
	                    [](char c) { return c == '\n' || c == '\r'; });
	text += "\ndata: ";
	for (const char c : json) {
		if (c == '\n')
			text += "\ndata: ";
		else if (c != '\r')
			text += c;
	}
	return text + "\n\n";
}

class EventStream : public Connection, public std::enable_shared_from_this<EventStream> {
public:
	EventStream(std::shared_ptr<HttpService> service, std::uint32_t user, bool is_chunked)
	    : Connection(user), service_(std::move(service)), socket_(service_->loop.io()), is_chunked_(is_chunked) {
		phase = Phase::following;
	}
	~EventStream() override { service_->connections.remove(*this); }

	bool open(Descriptor fd) {
		error_code error;
		socket_.assign(asio::local::stream_protocol(), fd.get(), error);
		if (!error) fd.release();
		return !error;
	}

	void start() {
		service_->connections.add(*this);
		queue_ = head;
		queue_ += is_chunked_ ? "Transfer-Encoding: chunked\r\n\r\n" : "Connection: close\r\n\r\n";
		heartbeat_ = service_->loop.every(service_->limits.heartbeat, [weak = weak_from_this()] {
			if (const auto self = weak.lock()) self->push(": heartbeat\n\n");
		});
		write_on();
		read_on();
	}

	bool is_open() const { return socket_.is_open() && !is_ending_; }

	void push(std::string_view text) {
		if (!is_open()) return;
		const std::string chunk =
		    is_chunked_ ? fmt::format("{:x}\r\n{}\r\n", text.size(), text) : std::string(text);
		if (sending_.size() + queue_.size() + chunk.size() > service_->limits.follower_queue) return drop();
		queue_ += chunk;
		write_on();
	}

	void close() override {
		error_code ignored;
		socket_.close(ignored);
		heartbeat_.cancel();
		deadline_.cancel();
		service_->connections.remove(*this);
	}

	void finish() override {
		if (!is_open()) return;
		is_ending_ = true;
		heartbeat_.cancel();
		if (is_chunked_) queue_ += last_chunk;
		write_on();
	}

	void drop() {
		++service_->counters.dropped_followers;
		close();
	}

private:
	void write_on() {
		if (!sending_.empty() || !socket_.is_open()) return;
		if (queue_.empty()) {
			if (is_ending_) close();
			return;
		}
		sending_.swap(queue_);
		deadline_ = service_->loop.after(service_->limits.write_deadline, [weak = weak_from_this()] {
			if (const auto self = weak.lock()) self->drop();
		});
		asio::async_write(socket_, asio::buffer(sending_),
		                  [self = shared_from_this()](const error_code& error, std::size_t) {
			                  self->deadline_.cancel();
			                  self->sending_ = {}; // gives the memory of a burst back
			                  if (error) return self->close();
			                  self->write_on();
		                  });
	}

	// A follower has nothing to say; reading tells when it goes.
	void read_on() {
		socket_.async_read_some(asio::buffer(unread_),
		                        [self = shared_from_this()](const error_code& error, std::size_t size) {
			                        self->unexpected_ += size;
			                        if (error || self->unexpected_ > most_unexpected) return self->close();
			                        self->read_on();
		                        });
	}

	const std::shared_ptr<HttpService> service_;
	asio::local::stream_protocol::socket socket_;
	const bool is_chunked_;
	bool is_ending_ = false;
	std::size_t unexpected_ = 0;
	std::string queue_;
	std::string sending_;
	std::array<char, 512> unread_{};
	Timer heartbeat_;
	Timer deadline_;
};

// What flow holds. The stream ends when the last holder lets go, and the stream may go first.
class Follower : public EventClient {
public:
	explicit Follower(std::weak_ptr<EventStream> stream) : stream_(std::move(stream)) {}
	~Follower() override {
		with_stream([](EventStream& stream) { stream.finish(); });
	}
	bool is_open() const override {
		const auto stream = stream_.lock();
		return stream && stream->is_open();
	}
	void send(const std::string& event_name, const std::string& json) override {
		with_stream([&](EventStream& stream) { stream.push(event_text(event_name, json)); });
	}

private:
	// No memory for this follower is no reason to fail whoever reports an event.
	template <class Use> void with_stream(Use use) {
		const auto stream = stream_.lock();
		if (!stream) return;
		try {
			use(*stream);
		} catch (const std::exception&) {
			stream->drop();
		}
	}

	std::weak_ptr<EventStream> stream_;
};

} // namespace

std::shared_ptr<EventClient> follow_events(const std::shared_ptr<HttpService>& service, Descriptor fd,
                                           std::uint32_t uid, bool is_chunked) {
	const auto stream = std::make_shared<EventStream>(service, uid, is_chunked);
	if (!stream->open(std::move(fd))) return nullptr;
	stream->start();
	return std::make_shared<Follower>(stream);
}

} // namespace gate25
