// SPDX-License-Identifier: GPL-2.0-or-later
//
// watch_driver queue FIRST COUNT open|closed LONGEST MOST   verdicts: MOST connections of each source, no more
// watch_driver log GROUP                                    counts what is logged
// watch_driver notice PORT TEXT                             tells SMTP clients
// Alone on a loop, without the agent. Each line on standard input is answered with one of JSON: what it has seen and how
// it is; the end of the input ends it.
#include "edge/kernel/nflog.h"
#include "edge/kernel/nft_kernel.h"
#include "edge/kernel/verdict_queues.h"
#include "edge/smtp_notice.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <fmt/format.h>
#include <map>
#include <set>
#include <string>
#include <unistd.h>

using namespace gate25;
namespace json = boost::json;

namespace {

struct Seen {
	std::uint64_t packets = 0, refused = 0;
	std::set<Address> destinations{};
};
using Sources = std::map<Address, Seen>;

json::object object_of(const Sources& sources) {
	json::object all;
	for (const auto& [source, seen] : sources)
		all[source.text()] = {{"packets", seen.packets}, {"refused", seen.refused}, {"destinations", seen.destinations.size()}};
	return all;
}

json::object object_of(const WatchHealth& health) {
	return {{"is_open", health.is_open}, {"problem", health.problem}, {"packets", health.packets}, {"unreadable", health.unreadable},
	        {"lost", health.lost},       {"waiting", health.waiting.value_or(0)}, {"full", health.full.value_or(0)}};
}

// Until the input ends.
void serve(Loop& loop, const std::function<json::object()>& state) {
	auto input = loop.watch_readable(STDIN_FILENO, [&] {
		char line[256];
		if (::read(STDIN_FILENO, line, sizeof line) <= 0) return loop.stop();
		fmt::print("{}\n", json::serialize(state()));
		std::fflush(stdout);
	});
	if (!input) throw std::runtime_error(input.error().text);
	loop.run();
}

void queue(char** words) {
	Loop loop;
	Sources sources;
	const auto most = std::strtoul(words[4], nullptr, 10);
	const auto decide = [&](const Opening& opening) {
		Seen& seen = sources[opening.source];
		seen.destinations.insert(opening.destination);
		if (++seen.packets <= most) return QueueVerdict::accept;
		++seen.refused;
		return QueueVerdict::refuse;
	};
	const VerdictQueues queues(loop, {static_cast<std::uint16_t>(std::atoi(words[0])), static_cast<unsigned>(std::atoi(words[1])),
	                                  std::string(words[2]) == "open" ? Fail::open : Fail::closed, decide,
	                                  static_cast<std::uint32_t>(std::atoi(words[3]))});
	serve(loop, [&] { return json::object{{"sources", object_of(sources)}, {"health", object_of(queues.health())},
	                                      {"can_queue", NftKernel::can_queue()}}; });
}

void log(char** words) {
	Loop loop;
	Sources sources;
	const NflogReader reader(loop, static_cast<std::uint16_t>(std::atoi(words[0])), [&](std::span<const Opening> openings) {
		for (const Opening& opening : openings) {
			++sources[opening.source].packets;
			sources[opening.source].destinations.insert(opening.destination);
		}
	});
	serve(loop, [&] { return json::object{{"sources", object_of(sources)}, {"health", object_of(reader.health())}}; });
}

void notice(char** words) {
	Loop loop;
	auto opened = SmtpNotice::open(loop, {.port = static_cast<std::uint16_t>(std::atoi(words[0])), .text = words[1]});
	if (!opened) throw std::runtime_error(opened.error().text);
	serve(loop, [&] {
		const auto now = (*opened)->status();
		return json::object{{"connections", now.connections}, {"served", now.served}, {"refused", now.refused}};
	});
}

} // namespace

int main(int argc, char** argv) {
	const std::string what = argc > 1 ? argv[1] : "";
	if (what == "queue" && argc == 7)
		queue(argv + 2);
	else if (what == "log" && argc == 3)
		log(argv + 2);
	else if (what == "notice" && argc == 4)
		notice(argv + 2);
	else {
		fmt::print(stderr, "usage: watch_driver queue FIRST COUNT open|closed LONGEST MOST | log GROUP | notice PORT TEXT\n");
		return 2;
	}
}
