// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/http/session.h"

#include "edge/http/bounded_body.h"
#include "edge/http/event_stream.h"
#include "edge/http/target.h"
#include "edge/loop.h"
#include "edge/peer.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/core.h>

#include <array>
#include <optional>
#include <string_view>

namespace gate25 {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Stream = beast::basic_stream<asio::local::stream_protocol, asio::io_context::executor_type>;
using Parser = http::request_parser<BoundedBody>;

constexpr std::size_t first_read = 2048;
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
std::array<char, 65536> waste; // what is read only to be thrown away; shared, nobody looks

// What is wrong with the head of a request, beyond what the parser refuses.
std::optional<HttpResponse> refuse_head(const Parser& parser) {
	const auto& head = parser.get();
	const auto hosts = head.count(http::field::host);
	if (hosts > 1 || (hosts == 0 && head.version() == 11))
		return http_error(400, fmt::format("expected one Host field, found {} (RFC 9112 section 3.2)", hosts));
	if (head.count(http::field::transfer_encoding) > 0 && !parser.chunked())
		return http_error(501, "the only transfer coding understood is 'chunked'");
	if (const auto coding = head[http::field::content_encoding]; !coding.empty() && coding != "identity")
		return http_error(415, "a body must not be compressed");
	if (const auto expect = head[http::field::expect]; !expect.empty() && !beast::iequals(expect, "100-continue"))
		return http_error(417, "the only expectation understood is '100-continue'");
	return {};
}

// What to answer to a request that could not be read; nothing when nobody would hear it.
std::optional<HttpResponse> refuse_broken(const error_code& error, const HttpLimits& limits) {
	if (error == http::error::header_limit || error == http::error::buffer_overflow)
		return http_error(431, fmt::format("the head of a request may have {} bytes", limits.header_limit));
	if (error == http::error::body_limit)
		return http_error(
		    413, fmt::format("the body of a request may have {} bytes: send it in parts", limits.body_limit));
	if (error == boost::system::errc::not_enough_memory)
		return http_error(503, "too many requests are being read: try again");
	if (error == http::error::bad_version) return http_error(505, "only HTTP/1.0 and HTTP/1.1 are spoken");
	if (error == http::error::end_of_stream || error == http::error::partial_message) return {};
	if (error.category() == make_error_code(http::error::bad_method).category())
		return http_error(400, fmt::format("not a request of HTTP/1.1: {}", error.message()));
	return {};
}

class Session : public Connection, public std::enable_shared_from_this<Session> {
public:
	Session(std::shared_ptr<HttpService> service, Peer peer)
	    : Connection(peer.uid), service_(std::move(service)), peer_(std::move(peer)),
	      stream_(service_->loop.io().get_executor()), body_loan_(service_->bodies, uid),
	      reply_loan_(service_->unread, uid) {}
	~Session() override { service_->connections.remove(*this); }

	void open(Descriptor fd) {
		error_code error;
		stream_.socket().assign(asio::local::stream_protocol(), fd.get(), error);
		if (error) return;
		fd.release();
		service_->connections.add(*this);
		guarded([&] { wait_for_request(service_->limits.request_deadline); });
	}

	void close() override {
		is_closed_ = true;
		stream_.close();
		body_loan_.clear();
		reply_loan_.clear();
		service_->connections.remove(*this);
		keep_.reset();
	}

	void finish() override {
		if (phase == Phase::idle || phase == Phase::reading) close();
		// Otherwise the reply says "Connection: close", since the service is stopping.
	}

	void reply(HttpResponse response) {
		const auto self = std::exchange(keep_, nullptr);
		if (is_closed_) return;
		guarded([&] {
			body_loan_.clear();
			if (response.follow)
				follow(response);
			else
				write(std::move(response), parser_->keep_alive());
		});
	}

private:
	// Nothing that goes wrong for one connection may go further than this.
	template <class Step> void guarded(Step step) {
		try {
			step();
		} catch (const std::exception&) {
			++service_->counters.refused;
			close();
		}
	}

	// A handler for Asio: does the step unless the connection is closed or the deadline is over.
	template <class Step> auto then(Step step) {
		return [self = shared_from_this(), step](const error_code& error, std::size_t size = 0) {
			if (self->is_closed_) return;
			if (error == beast::error::timeout) {
				++self->service_->counters.timed_out;
				return self->close();
			}
			self->guarded([&] { step(*self, error, size); });
		};
	}

	void wait_for_request(Milliseconds deadline) {
		enter(Phase::idle);
		parser_.reset();
		response_.reset();
		if (buffer_.size() > 0) return read_head(); // sent ahead
		buffer_.shrink_to_fit();
		stream_.expires_after(deadline);
		stream_.async_read_some(buffer_.prepare(first_read),
		                        then([](Session& self, const error_code& error, std::size_t size) {
			                        if (error) return self.close();
			                        self.buffer_.commit(size);
			                        self.read_head();
		                        }));
	}

	void read_head() {
		enter(Phase::reading);
		parser_.emplace();
		parser_->get().body().loan = &body_loan_;
		parser_->header_limit(static_cast<std::uint32_t>(service_->limits.header_limit));
		parser_->body_limit(service_->limits.body_limit);
		stream_.expires_after(service_->limits.request_deadline);
		http::async_read_header(
		    stream_, buffer_, *parser_,
		    then([](Session& self, const error_code& error, std::size_t) { self.on_head(error); }));
	}

	void on_head(const error_code& error) {
		if (error) return on_broken(error);
		if (const auto refused = authorized(); !refused) {
			++service_->counters.denied;
			return write(http_error(403, refused.error().text), false);
		}
		if (auto refused = refuse_head(*parser_)) {
			++service_->counters.broken;
			return write(std::move(*refused), false);
		}
		const bool is_asking = !parser_->get()[http::field::expect].empty() && parser_->get().version() == 11;
		if (!is_asking || parser_->is_done()) return read_body();
		asio::async_write(stream_, asio::buffer(go_on),
		                  then([](Session& self, const error_code& failed, std::size_t) {
			                  if (failed) return self.close();
			                  self.read_body();
		                  }));
	}

	Result<void> authorized() {
		if (is_authorized_) return {};
		peer_.user = user_name(peer_.uid);
		auto answer = service_->authorize ? service_->authorize(peer_, service_->kind) : Result<void>{};
		is_authorized_ = answer.has_value();
		return answer;
	}

	void read_body() {
		http::async_read(stream_, buffer_, *parser_, then([](Session& self, const error_code& error, std::size_t) {
			                 if (error) return self.on_broken(error);
			                 self.answer();
		                 }));
	}

	void on_broken(const error_code& error) {
		auto response = refuse_broken(error, service_->limits);
		if (!response) return close();
		++(response->status == 503 ? service_->counters.refused : service_->counters.broken);
		write(std::move(*response), false);
	}

	void answer() {
		++service_->counters.requests;
		auto& message = parser_->get();
		auto target = parse_target(std::string_view(message.target().data(), message.target().size()));
		if (!target) return write(http_error(400, target.error().text), parser_->keep_alive());
		if (!service_->unread.fits(uid, 1))
			return write(http_error(503, "too many replies wait to be read: read them first"),
			             parser_->keep_alive());
		HttpRequest request;
		request.method = std::string(message.method_string());
		request.path = std::move(target->path);
		request.query = std::move(target->query);
		request.content_type = std::string(message[http::field::content_type]);
		request.body = std::move(message.body().text);
		request.peer = peer_;
		request.socket = service_->kind;
		hand_over(std::move(request));
	}

	// The answer may come at once, later, twice, or never, and from a handler that throws.
	void hand_over(HttpRequest request);

	void write(HttpResponse from, bool keep_alive) {
		enter(Phase::writing);
		const bool is_head = parser_->get().method() == http::verb::head;
		reply_loan_.take(from.body.size());
		keep_alive = keep_alive && !service_->is_stopping;
		auto& response = response_.emplace();
		response.version(11);
		response.result(from.status);
		response.set(http::field::content_type, from.content_type);
		response.set(http::field::cache_control, "no-store");
		if (from.status == 503) response.set(http::field::retry_after, "1");
		response.keep_alive(keep_alive);
		const std::size_t size = from.body.size();
		response.body() = std::move(from.body);
		response.prepare_payload();
		if (is_head) response.body().clear(); // the length stays that of the body
		stream_.expires_after(service_->limits.write_deadline + Seconds(size / service_->limits.slowest_reader));
		http::async_write(stream_, response,
		                  then([keep_alive](Session& self, const error_code& error, std::size_t) {
			                  self.reply_loan_.clear();
			                  if (error) return self.close();
			                  if (keep_alive) return self.wait_for_request(self.service_->limits.idle_deadline);
			                  self.linger();
		                  }));
	}

	// To close a socket with unread input would tell the peer "connection reset" before he reads the reply.
	void linger() {
		error_code ignored;
		stream_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
		enter(Phase::idle);
		stream_.expires_after(service_->limits.linger_deadline);
		drain();
	}

	void drain() {
		stream_.async_read_some(asio::buffer(waste),
		                        [self = shared_from_this()](const error_code& error, std::size_t) {
			                        if (self->is_closed_) return;
			                        if (error) return self->close();
			                        self->guarded([&] { self->drain(); });
		                        });
	}

	void follow(HttpResponse& response) {
		const bool is_chunked = parser_->get().version() == 11;
		error_code error;
		Descriptor fd(stream_.release_socket().release(error));
		const auto service = service_;
		close(); // from the table; the descriptor has moved on
		if (service->is_stopping) return;
		if (auto client = follow_events(service, std::move(fd), uid, is_chunked))
			response.follow(std::move(client));
	}

	const std::shared_ptr<HttpService> service_;
	Peer peer_;
	Stream stream_;
	beast::flat_buffer buffer_;
	Loan body_loan_;
	Loan reply_loan_;
	std::optional<Parser> parser_;
	std::optional<http::response<http::string_body>> response_;
	std::shared_ptr<Session> keep_; // itself, while the handler works
	bool is_authorized_ = false;
	bool is_closed_ = false;
};

// Shared by all copies of a HttpReply. When the last one goes unanswered, the peer is told.
class ReplyOnce {
public:
	explicit ReplyOnce(std::weak_ptr<Session> session) : session_(std::move(session)) {}
	ReplyOnce(const ReplyOnce&) = delete;
	ReplyOnce& operator=(const ReplyOnce&) = delete;
	~ReplyOnce() {
		if (is_used_) return;
		try {
			answer(http_error(500, "the agent has no answer to this request"));
		} catch (const std::exception&) { // the deadline of the peer ends it
		}
	}
	void answer(HttpResponse response) {
		if (std::exchange(is_used_, true)) return;
		if (const auto session = session_.lock()) session->reply(std::move(response));
	}

private:
	std::weak_ptr<Session> session_;
	bool is_used_ = false;
};

void Session::hand_over(HttpRequest request) {
	enter(Phase::working);
	stream_.expires_never();
	keep_ = shared_from_this();
	const auto once = std::make_shared<ReplyOnce>(weak_from_this());
	try {
		service_->handler(std::move(request), [once](HttpResponse response) { once->answer(std::move(response)); });
	} catch (const std::bad_alloc&) {
		once->answer(http_error(503, "the agent is out of memory: try again"));
	} catch (const std::exception& error) {
		once->answer(http_error(500, error.what()));
	}
}

} // namespace

void start_session(const std::shared_ptr<HttpService>& service, Descriptor fd, Peer peer) {
	std::make_shared<Session>(service, std::move(peer))->open(std::move(fd));
}

} // namespace gate25
