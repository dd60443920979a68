// SPDX-License-Identifier: GPL-2.0-or-later
//
// watch_bench ROUNDS ACTIVE SENDER KIND=NAMESPACE=INTERFACE...: what the first packet of a connection costs, in nanoseconds
// of CPU: `send`, until the router has forwarded, logged or queued it, and `read`, what a program does about it. Both happen in this
// thread, one after the other, a burst at a time, so no scheduler is in between. SENDER is a namespace too; ACTIVE subscribers of
// each family are in the sums already. KIND is
//   forward   nobody looks at it
//   bare      accepted by libnetfilter_queue and nothing else
//   queue     accepted by the agent's queue without a thought          counted    after the agent's sums
//   refused   refused by the agent's queue
//   log       read by the agent's reader                               log_counted  and added to its sums
// Prints one JSON object: {"4": {KIND: {"send": [...], "read": [...]}}, "6": ...}, a figure for each round.
#include "bare_queue.h"
#include "counting.h"
#include "edge/kernel/nflog.h"
#include "edge/kernel/verdict_queue.h"
#include "packet_socket.h"
#include "stopwatch.h"

#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <sched.h>
#include <unistd.h>

using namespace gate25;

namespace {

constexpr std::size_t burst = 1024, ring_size = 16 * burst;
constexpr std::uint16_t number = 25; // of the queue, and of the group

[[noreturn]] void give_up(const std::string& what) {
	fmt::print(stderr, "watch_bench: {}\n", what);
	std::exit(1);
}

void enter(const std::string& name) {
	const int fd = open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) give_up("cannot enter namespace " + name);
	close(fd);
}

// Made in the namespace where it reads.
class Reader {
public:
	virtual ~Reader() = default;
	virtual void drain(std::size_t packets) = 0;
};

class Nobody : public Reader {
	void drain(std::size_t) override {}
};

class Bare : public Reader {
	void drain(std::size_t packets) override {
		for (std::size_t done = 0; done < packets;) done += queue_.accept_some();
	}
	bench::BareQueue queue_{number};
};

// The agent's own, on its loop.
class OnLoop : public Reader {
	void drain(std::size_t packets) override {
		wanted_ = seen_ + packets;
		if (!loop_.run_until([this] { return seen_ >= wanted_; }, Milliseconds(10'000))) give_up("packets were lost");
	}

protected:
	void take(std::size_t packets) { seen_ += packets; }
	Loop loop_;

private:
	std::uint64_t seen_ = 0, wanted_ = 0;
};

class Queue : public OnLoop {
public:
	explicit Queue(Decide decide, Prepare prepare = {}) : decide_(std::move(decide)), prepare_(std::move(prepare)) {
		if (!queue_.health().is_open) give_up(queue_.health().problem);
	}

private:
	Decide decide_;
	Prepare prepare_;
	VerdictQueue queue_{loop_, {.number = number, .decide = [this](const Opening& opening) {
		take(1);
		return decide_(opening);
	}, .prepare = prepare_}};
};

class Log : public OnLoop {
public:
	explicit Log(NflogReader::Take each) : each_(std::move(each)) {
		if (!reader_.health().is_open) give_up(reader_.health().problem);
	}

private:
	NflogReader::Take each_;
	NflogReader reader_{loop_, number, [this](std::span<const Opening> openings) {
		take(openings.size());
		if (each_) each_(openings);
	}};
};

std::unique_ptr<Reader> reader_of(const std::string& kind, bench::Counting& counting) {
	const auto verdict = [](bool is_refused) { return is_refused ? QueueVerdict::refuse : QueueVerdict::accept; };
	if (kind == "forward") return std::make_unique<Nobody>();
	if (kind == "bare") return std::make_unique<Bare>();
	if (kind == "queue") return std::make_unique<Queue>([=](const Opening&) { return verdict(false); });
	if (kind == "counted")
		return std::make_unique<Queue>([=, &counting](const Opening& opening) { return verdict(counting.count(opening)); },
		                               [&counting](std::span<const Opening> all) { counting.prepare(all); });
	if (kind == "refused") return std::make_unique<Queue>([=](const Opening&) { return verdict(true); });
	if (kind == "log") return std::make_unique<Log>(nullptr);
	if (kind == "log_counted")
		return std::make_unique<Log>([&counting](std::span<const Opening> all) {
			counting.prepare(all);
			for (const Opening& opening : all) counting.count(opening);
		});
	give_up("no kind " + kind);
}

struct Rival {
	std::string kind;
	bench::PacketSocket socket;
	bench::Counting counting{};
	std::unique_ptr<Reader> reader{};
	std::size_t at = 0; // in the ring
	std::map<Family, std::vector<double>> send{}, read{};

	void run(Family family, const std::vector<bench::Frame>& ring, bool is_counted) {
		const auto begun = bench::thread_ns();
		for (std::size_t sent = 0; sent < burst;) sent += socket.send(ring, at + sent, burst - sent);
		const auto has_sent = bench::thread_ns();
		reader->drain(burst);
		const auto has_read = bench::thread_ns();
		at += burst;
		if (at % ring_size == 0) counting.go_on();
		if (!is_counted) return;
		send[family].push_back(static_cast<double>(has_sent - begun) / burst);
		read[family].push_back(static_cast<double>(has_read - has_sent) / burst);
	}
};

std::string list_of(const std::vector<double>& figures) {
	std::string list;
	for (double figure : figures) list += fmt::format("{}{:.1f}", list.empty() ? "" : ",", figure);
	return "[" + list + "]";
}

std::string text_of(const std::vector<std::unique_ptr<Rival>>& rivals, Family family) {
	std::string text;
	for (const auto& rival : rivals)
		text += fmt::format("{}\"{}\":{{\"send\":{},\"read\":{}}}", text.empty() ? "" : ",", rival->kind,
		                    list_of(rival->send[family]), list_of(rival->read[family]));
	return "{" + text + "}";
}

std::unique_ptr<Rival> rival_of(const std::string& text, const std::string& sender, std::uint32_t active) {
	const auto first = text.find('='), second = text.rfind('=');
	if (first == second) give_up("expected KIND=NAMESPACE=INTERFACE, got " + text);
	enter(sender);
	auto rival = std::make_unique<Rival>(Rival{text.substr(0, first), bench::PacketSocket(text.substr(second + 1))});
	enter(text.substr(first + 1, second - first - 1));
	rival->reader = reader_of(rival->kind, rival->counting);
	if (rival->kind.ends_with("counted")) rival->counting.fill(active);
	return rival;
}

} // namespace

int main(int argc, char** argv) {
	if (argc < 5) give_up("usage: watch_bench ROUNDS ACTIVE SENDER KIND=NAMESPACE=INTERFACE...");
	const auto rounds = std::strtoul(argv[1], nullptr, 10);
	const auto active = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
	std::vector<std::unique_ptr<Rival>> rivals;
	for (int i = 4; i < argc; ++i) rivals.push_back(rival_of(argv[i], argv[3], active));
	for (const Family family : {Family::ipv4, Family::ipv6}) {
		// One packet each of so many, spread over all who are active, so that none is in a cache by chance.
		const auto ring = bench::frames_of("opening", family, active, ring_size);
		for (unsigned long round = 0; round <= rounds; ++round) // the first one warms up
			for (std::size_t i = 0; i < rivals.size(); ++i)
				rivals[(i + round) % rivals.size()]->run(family, ring, round > 0);
	}
	fmt::print("{{\"4\":{},\"6\":{}}}\n", text_of(rivals, Family::ipv4), text_of(rivals, Family::ipv6));
}
