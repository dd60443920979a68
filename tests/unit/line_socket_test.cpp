// SPDX-License-Identifier: GPL-2.0-or-later
//
// Writers on a socket of lines: their bytes, their haste, their end.
#include "edge/line_buffer.h"
#include "edge/line_socket.h"
#include "http_world.h"
#include "loop_thread.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <numeric>

using namespace gate25;
using namespace gate25::test;

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20U;

// A socket whose loop runs on a thread of its own. Lines are taken at once, or when release() says so.
class LineWorld : public LoopThread {
public:
	explicit LineWorld(LineLimits limits = {}, Authorize authorize = {}) {
		LineSocketOptions options;
		options.path = path;
		options.limits = limits;
		options.is_for_everyone = true;
		options.authorize = std::move(authorize);
		options.handler = [this](LineChunk chunk, LinesTaken taken) {
			const std::lock_guard lock(mutex_);
			chunks_.push_back(std::move(chunk));
			if (is_holding_)
				held_.push_back(std::move(taken));
			else
				taken({});
		};
		auto opened = LineSocket::open(loop_, std::move(options));
		if (!opened) throw std::runtime_error(opened.error().text);
		socket_ = std::move(*opened);
		run();
	}
	~LineWorld() {
		on_loop([this] { socket_.reset(); });
		release(); // for nobody
		end();
	}

	void hold() {
		const std::lock_guard lock(mutex_);
		is_holding_ = true;
	}
	void release(const Result<void>& result = {}) {
		on_loop([&] {
			std::vector<LinesTaken> held;
			{
				const std::lock_guard lock(mutex_);
				is_holding_ = false;
				held.swap(held_);
			}
			for (const LinesTaken& taken : held) taken(result);
		});
	}
	LineSocketStatus status() {
		LineSocketStatus now;
		on_loop([&] { now = socket_->status(); });
		return now;
	}
	// All that was handed over so far.
	std::string text() {
		const std::lock_guard lock(mutex_);
		return std::accumulate(chunks_.begin(), chunks_.end(), std::string(),
		                       [](std::string all, const LineChunk& chunk) { return std::move(all) + chunk.lines; });
	}
	bool comes(const std::string& wanted) {
		return wait_for([&] { return text() == wanted; });
	}
	std::vector<LineChunk> chunks() {
		const std::lock_guard lock(mutex_);
		return chunks_;
	}
	LineSocket& socket() { return *socket_; }

	TempDirectory directory;
	std::string path = directory / "eve.sock";

private:
	std::mutex mutex_;
	std::vector<LineChunk> chunks_;
	std::vector<LinesTaken> held_;
	bool is_holding_ = false;
	std::unique_ptr<LineSocket> socket_;
};

// A writer that does not wait: how much the kernel takes.
class HastyWriter {
public:
	explicit HastyWriter(const std::string& path) : fd_(*connect_unix(path, too_long)) {
		::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
	}
	bool send(std::string_view text) const {
		return ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
	}

private:
	Descriptor fd_;
};

std::size_t resident() {
	std::size_t total = 0, pages = 0;
	std::ifstream("/proc/self/statm") >> total >> pages;
	return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace

TEST_CASE("line buffer: lines are whole, in whatever pieces they come") {
	const std::string text = "one\ntwo\n\nfour\nfi";
	for (std::size_t size = 1; size <= text.size(); ++size) {
		LineBuffer buffer(100);
		std::string out;
		for (std::size_t at = 0; at < text.size(); at += size) {
			buffer.feed(std::string_view(text).substr(at, size));
			out += buffer.take(5);
			CHECK((out.empty() || out.back() == '\n'));
		}
		while (buffer.has_news()) out += buffer.take(5);
		CHECK(out == "one\ntwo\n\nfour\n");
		buffer.end();
		CHECK(buffer.take(100) == "fi\n");
		buffer.end();
		CHECK_FALSE(buffer.has_news());
	}
}

TEST_CASE("line buffer: what is taken is at most as long as asked for, but one line at least") {
	LineBuffer buffer(100);
	buffer.feed("12345678\nab\ncd\nef\n");
	CHECK(buffer.take(4) == "12345678\n");
	CHECK(buffer.take(6) == "ab\ncd\n");
	CHECK(buffer.take(0) == "ef\n");
	CHECK(buffer.take(10).empty());
}

TEST_CASE("line buffer: the longest line passes, a longer one is skipped to its end and counted") {
	for (const std::size_t size : {1, 7, 1000}) {
		LineBuffer buffer(10);
		const std::string text = "before\n1234567890\n12345678901\n" + std::string(500, 'x') + "\nafter\n" + std::string(99, 'y');
		for (std::size_t at = 0; at < text.size(); at += size) buffer.feed(std::string_view(text).substr(at, size));
		CHECK(buffer.take(1000) == "before\n1234567890\nafter\n");
		CHECK(buffer.take_too_long() == 3);
		buffer.end(); // in the middle of one that is skipped
		CHECK_FALSE(buffer.has_news());
	}
}

TEST_CASE("line socket: lines come in their order, with NUL and all, and with who wrote them") {
	LineWorld world;
	RawClient writer(world.path);
	const std::string text("{\"a\":1}\n\0\xff\n\n", 12);
	for (const char byte : text) REQUIRE(writer.send({&byte, 1}));
	CHECK(world.comes(text));
	CHECK(world.chunks().front().peer.uid == ::geteuid());
	CHECK(world.chunks().front().peer.pid == ::getpid());
	CHECK_FALSE(world.chunks().front().peer.user.empty());
}

TEST_CASE("line socket: the end of a writer ends his last line, and he may come again") {
	LineWorld world;
	for (const std::string line : {"first", "second"}) {
		RawClient writer(world.path);
		REQUIRE(writer.send(line));
		writer.close();
		CHECK(world.wait_for([&] { return world.socket().status().connections == 0; }));
	}
	CHECK(world.comes("first\nsecond\n"));
}

TEST_CASE("line socket: nothing more is read from a writer whose lines are being taken; the others go on") {
	LineWorld world;
	const std::string line = std::string(999, 'a') + "\n";
	world.hold();
	const HastyWriter hasty(world.path);
	REQUIRE(hasty.send(line));
	REQUIRE(world.wait_for([&] { return world.socket().status().busy == 1; }));
	std::size_t sent = 1;
	while (sent < 10'000 && hasty.send(line)) ++sent;
	CHECK(sent < 10'000); // the writer is told, and nothing is lost of what was taken
	CHECK(world.status().bytes == line.size());
	RawClient other(world.path);
	REQUIRE(other.send("other\n"));
	REQUIRE(world.wait_for([&] { return world.socket().status().busy == 2; }));
	world.release();
	CHECK(world.wait_for([&] { return world.text().size() == sent * line.size() + 6; }));
	// What came meanwhile is few chunks.
	for (const LineChunk& chunk : world.chunks()) CHECK(chunk.lines.size() <= LineLimits().chunk);
	CHECK(world.chunks().size() < 10);
}

TEST_CASE("line socket: a flood without a newline costs bounded memory and no other writer") {
	LineWorld world;
	RawClient flooder(world.path);
	RawClient other(world.path);
	const std::string piece(mebibyte, 'x');
	REQUIRE(flooder.send(piece));
	REQUIRE(flooder.send(piece));
	const std::size_t before = resident();
	for (int i = 0; i < 64; ++i) REQUIRE(flooder.send(piece));
	CHECK(resident() < before + 4 * mebibyte);
	CHECK(world.status().too_long == 1);
	REQUIRE(other.send("other\n"));
	REQUIRE(world.comes("other\n"));
	REQUIRE(flooder.send("\nback\n"));
	CHECK(world.comes("other\nback\n"));
	CHECK(world.status().too_long == 1);
}

TEST_CASE("line socket: a line longer than a chunk is a chunk of its own") {
	LineWorld world;
	RawClient writer(world.path);
	const std::string line = std::string(mebibyte, 'x') + "\n";
	REQUIRE(writer.send("a\n" + line + "b\n"));
	CHECK(world.comes("a\n" + line + "b\n"));
	CHECK(world.status().too_long == 0);
}

TEST_CASE("line socket: nobody finds a place past the limit, and a place that is left is free again") {
	LineLimits limits;
	limits.max_connections = 2;
	LineWorld world(limits);
	RawClient first(world.path);
	RawClient second(world.path);
	RawClient third(world.path);
	CHECK(third.is_closed_by_server());
	CHECK(world.status().refused == 1);
	first.close();
	REQUIRE(world.wait_for([&] { return world.socket().status().connections == 1; }));
	RawClient fourth(world.path);
	REQUIRE(fourth.send("fourth\n"));
	CHECK(world.comes("fourth\n"));
}

TEST_CASE("line socket: one user does not take the places of another") {
	LineLimits limits;
	limits.max_per_uid = 1;
	LineWorld world(limits);
	const auto own = ::geteuid();
	constexpr uid_t somebody = 65534;
	if (own == 0) REQUIRE(::seteuid(somebody) == 0); // root has no such limit
	RawClient first(world.path);
	RawClient second(world.path);
	CHECK(second.is_closed_by_server());
	if (own == 0) REQUIRE(::seteuid(own) == 0);
	CHECK(world.status().refused == 1);
	CHECK(world.status().connections == 1);
	REQUIRE(first.send("first\n"));
	CHECK(world.comes("first\n"));
	if (own != 0) return;
	RawClient of_root(world.path);
	REQUIRE(of_root.send("root's\n"));
	CHECK(world.comes("first\nroot's\n"));
}

TEST_CASE("line socket: whoever may not use it is closed and his lines are nobody's") {
	std::string asked;
	LineWorld world({}, [&](const Peer& peer, SocketKind kind) -> Result<void> {
		asked = peer.user;
		CHECK(kind == SocketKind::alert);
		return fail(ErrorKind::denied, "no");
	});
	RawClient writer(world.path);
	(void)writer.send("{}\n");
	CHECK(writer.is_closed_by_server());
	CHECK(world.status().denied == 1);
	CHECK(world.status().connections == 0);
	CHECK(world.chunks().empty());
	CHECK_FALSE(asked.empty());
}

TEST_CASE("line socket: an error for his lines ends the connection, at once or later") {
	for (const bool is_later : {false, true}) {
		LineWorld world;
		RawClient writer(world.path);
		world.hold();
		REQUIRE(writer.send("one\n"));
		REQUIRE(world.wait_for([&] { return world.socket().status().busy == 1; }));
		if (is_later) REQUIRE(writer.send("two\n"));
		world.release(fail(ErrorKind::denied, "no longer"));
		CHECK(writer.is_closed_by_server());
		CHECK(world.status().connections == 0);
		CHECK(world.text() == "one\n");
	}
}

TEST_CASE("line socket: stopping takes what was written until then, then the path is gone") {
	LineWorld world;
	RawClient writer(world.path);
	world.hold();
	REQUIRE(writer.send("one\n"));
	REQUIRE(world.wait_for([&] { return world.socket().status().busy == 1; }));
	REQUIRE(writer.send("two\nthree"));
	bool is_stopped = false;
	world.on_loop([&] { world.socket().stop([&] { is_stopped = true; }); });
	CHECK_FALSE(std::filesystem::exists(world.path));
	CHECK_FALSE(is_stopped);
	CHECK(world.chunks().size() == 1); // one at a time, now too
	world.release();
	CHECK(world.wait_for([&] { return is_stopped; }));
	CHECK(world.text() == "one\ntwo\n"); // the third was never whole
	CHECK(writer.is_closed_by_server());
}

TEST_CASE("line socket: stopping takes more than one turn can read") {
	LineLimits limits;
	limits.chunk = 1;
	LineWorld world(limits);
	RawClient writer(world.path);
	world.hold();
	std::string all = "one\n";
	REQUIRE(writer.send(all));
	REQUIRE(world.wait_for([&] { return world.socket().status().busy == 1; }));
	const std::string rest = std::string(999, 'x') + "\n";
	for (int i = 0; i < 150; ++i) all += rest;
	REQUIRE(writer.send(std::string_view(all).substr(4)));
	bool is_stopped = false;
	world.on_loop([&] { world.socket().stop([&] { is_stopped = true; }); });
	world.release();
	CHECK(world.wait_for([&] { return is_stopped; }));
	CHECK(world.text() == all);
}

TEST_CASE("line socket: stopping does not wait for ever, nor does its end for what is being taken") {
	LineLimits limits;
	limits.stop_deadline = Milliseconds(10);
	LineWorld world(limits);
	RawClient writer(world.path);
	world.hold();
	REQUIRE(writer.send("one\n"));
	REQUIRE(world.wait_for([&] { return world.socket().status().busy == 1; }));
	bool is_stopped = false;
	world.on_loop([&] { world.socket().stop([&] { is_stopped = true; }); });
	CHECK(world.wait_for([&] { return is_stopped; }));
	CHECK(writer.is_closed_by_server());
}
