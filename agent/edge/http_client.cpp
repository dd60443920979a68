// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/http_client.h"

#include "edge/http/event_reader.h"
#include "edge/unix_socket.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace gate25 {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr Milliseconds patience_with_events{45'000}; // three heartbeats

error_code last_error() {
	return {errno, boost::system::system_category()};
}

// What Beast asks of a stream, on a plain descriptor and with a limit to each wait.
class BlockingStream {
public:
	BlockingStream(Descriptor fd, Milliseconds limit) : patience(limit), fd_(std::move(fd)) {}

	template <class Buffers> std::size_t read_some(const Buffers& buffers, error_code& error) {
		const asio::mutable_buffer part = *asio::buffer_sequence_begin(buffers);
		if (!wait(POLLIN, error)) return 0;
		const auto size = ::recv(fd_.get(), part.data(), part.size(), 0);
		if (size < 0) error = last_error();
		if (size == 0) error = make_error_code(asio::error::eof);
		return size < 0 ? 0 : static_cast<std::size_t>(size);
	}
	template <class Buffers> std::size_t write_some(const Buffers& buffers, error_code& error) {
		std::array<iovec, 16> parts{};
		std::size_t count = 0;
		for (const asio::const_buffer part : boost::beast::buffers_range_ref(buffers))
			if (part.size() > 0 && count < parts.size())
				parts[count++] = {const_cast<void*>(part.data()), part.size()};
		msghdr message{};
		message.msg_iov = parts.data();
		message.msg_iovlen = count;
		if (!wait(POLLOUT, error)) return 0;
		const auto size = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (size < 0 && errno != EAGAIN) error = last_error();
		return size < 0 ? 0 : static_cast<std::size_t>(size);
	}
	// Beast's concept asks for these as well; nobody calls them.
	template <class Buffers> std::size_t read_some(const Buffers& buffers);
	template <class Buffers> std::size_t write_some(const Buffers& buffers);

	// Between two requests: the agent has closed, or has said something that nobody asked for.
	bool is_stale() const {
		pollfd waiting{fd_.get(), POLLIN, 0};
		return ::poll(&waiting, 1, 0) != 0;
	}

	Milliseconds patience;

private:
	bool wait(short what, error_code& error) const {
		const auto end = std::chrono::steady_clock::now() + patience;
		error = {};
		for (;;) {
			const auto left = std::chrono::ceil<Milliseconds>(end - std::chrono::steady_clock::now());
			pollfd waiting{fd_.get(), what, 0};
			const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<Milliseconds::rep>(left.count(), 0)));
			if (ready > 0) return true;
			if (ready < 0 && errno == EINTR) continue;
			error = ready < 0 ? last_error() : make_error_code(asio::error::timed_out);
			return false;
		}
	}

	Descriptor fd_;
};

using AnyParser = http::response_parser<http::empty_body>;

HttpAnswer answer_of(const http::response<http::string_body>& message) {
	return HttpAnswer{message.result_int(), message.body(), std::string(message[http::field::content_type])};
}

} // namespace

struct HttpClient::Private {
	Private(std::string where, Descriptor fd, Milliseconds limit)
	    : path(std::move(where)), patience(limit), stream(std::move(fd), limit) {}

	std::string path;
	Milliseconds patience;
	BlockingStream stream;
	boost::beast::flat_buffer buffer;
	bool is_reusable = true;

	tl::unexpected<Error> broken(const error_code& error);
	Result<void> make_ready();
	Result<void> ask(http::request<http::string_body>& message, AnyParser& parser);
	Result<HttpAnswer> read_rest(AnyParser& parser);
	Result<HttpAnswer> read_events(AnyParser& parser, const OnEvent& on_event);
};

tl::unexpected<Error> HttpClient::Private::broken(const error_code& error) {
	is_reusable = false;
	const bool is_silent = error == asio::error::timed_out;
	const std::string what =
	    is_silent ? fmt::format("has not answered for {} s", std::chrono::ceil<Seconds>(stream.patience).count())
	              : fmt::format("broke the connection off: {}", error.message());
	return fail(ErrorKind::unavailable, fmt::format("the agent on {} {}", path, what), error.value());
}

// The agent closes idle connections; then nothing was asked yet, so asking on a new one asks once.
Result<void> HttpClient::Private::make_ready() {
	if (is_reusable && !stream.is_stale()) return {};
	auto fd = connect_unix(path, patience);
	if (!fd) return fail(fd.error());
	stream = BlockingStream(std::move(*fd), patience);
	buffer.clear();
	is_reusable = true;
	return {};
}

Result<void> HttpClient::Private::ask(http::request<http::string_body>& message, AnyParser& parser) {
	if (auto ready = make_ready(); !ready) return ready;
	is_reusable = false; // until the answer has been read to its end
	message.version(11);
	message.set(http::field::host, "gate25");
	message.prepare_payload();
	stream.patience = patience;
	parser.header_limit(64 * 1024);
	parser.body_limit(boost::none);
	error_code sent;
	http::write(stream, message, sent);
	if (sent == asio::error::timed_out) return broken(sent);
	// An agent that refuses a request before the end of it has said why, so read even when it could not be sent.
	error_code error;
	http::read_header(stream, buffer, parser, error);
	if (error) return broken(sent ? sent : error);
	return {};
}

Result<HttpAnswer> HttpClient::Private::read_rest(AnyParser& parser) {
	http::response_parser<http::string_body> whole(std::move(parser));
	whole.body_limit(boost::none);
	error_code error;
	http::read(stream, buffer, whole, error);
	if (error) return broken(error);
	is_reusable = whole.keep_alive();
	return answer_of(whole.get());
}

Result<HttpAnswer> HttpClient::Private::read_events(AnyParser& parser, const OnEvent& on_event) {
	http::response_parser<http::buffer_body> events(std::move(parser));
	events.body_limit(boost::none);
	stream.patience = std::max(patience, patience_with_events);
	EventReader reader;
	std::array<char, 16384> bytes{};
	while (!events.is_done()) {
		auto& body = events.get().body();
		body = {bytes.data(), bytes.size(), true};
		error_code error;
		http::read_some(stream, buffer, events, error);
		if (error && error != http::error::need_buffer) return broken(error);
		const std::string_view got(bytes.data(), bytes.size() - body.size);
		if (!reader.take(got, on_event)) return HttpAnswer{200, {}, "text/event-stream"};
	}
	return fail(ErrorKind::unavailable, fmt::format("the agent on {} ended the stream of events: it stops", path));
}

Result<HttpClient> HttpClient::connect(const std::string& path, Milliseconds patience) {
	auto fd = connect_unix(path, patience);
	if (!fd) return fail(fd.error());
	return HttpClient(std::make_unique<Private>(path, std::move(*fd), patience));
}

HttpClient::HttpClient(std::unique_ptr<Private> made) : private_(std::move(made)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpAnswer> HttpClient::request(std::string_view method, std::string_view target, std::string_view body,
                                       std::string_view content_type) {
	http::request<http::string_body> message;
	message.method_string({method.data(), method.size()});
	message.target({target.data(), target.size()});
	if (!body.empty()) message.set(http::field::content_type, {content_type.data(), content_type.size()});
	message.body() = body;
	AnyParser parser;
	if (auto asked = private_->ask(message, parser); !asked) return fail(asked.error());
	return private_->read_rest(parser);
}

Result<HttpAnswer> HttpClient::stream(std::string_view target, const OnEvent& on_event) {
	http::request<http::string_body> message;
	message.method_string("GET");
	message.target({target.data(), target.size()});
	message.set(http::field::accept, "text/event-stream");
	AnyParser parser;
	if (auto asked = private_->ask(message, parser); !asked) return fail(asked.error());
	const std::string type(parser.get()[http::field::content_type]);
	if (type.rfind("text/event-stream", 0) != 0) return private_->read_rest(parser);
	return private_->read_events(parser, on_event);
}

} // namespace gate25
