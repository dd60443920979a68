// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many ARF mails per second go through the pool and come back as values, against reading them in this process.
#include "mails.h"

#include "edge/reader/reader_pool.h"
#include "wire/report.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <sys/resource.h>
#include <vector>

using namespace gate25;

namespace {

constexpr std::size_t mails = 20'000, enclosed_lines = 100, at_once = 5'000;
constexpr int rounds = 5;
constexpr double goal = 5'000; // per second

double seconds_of(clockid_t clock) {
	timespec now{};
	clock_gettime(clock, &now);
	return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double read_here(const std::string& mail) {
	const double begun = seconds_of(CLOCK_THREAD_CPUTIME_ID);
	std::size_t parsed = 0;
	for (std::size_t i = 0; i < mails; ++i) parsed += read_mail_report(mail).outcome == ReportOutcome::parsed ? 1 : 0;
	return parsed == mails ? seconds_of(CLOCK_THREAD_CPUTIME_ID) - begun : 1e9;
}

struct Figures {
	double wall = 0, agent = 0; // seconds
};

Figures read_in_pool(Loop& loop, ReaderPool& pool, const std::string& mail) {
	const double wall = seconds_of(CLOCK_MONOTONIC), agent = seconds_of(CLOCK_THREAD_CPUTIME_ID);
	std::size_t sent = 0, done = 0, parsed = 0;
	const auto send = [&] {
		for (; sent < mails && sent - done < at_once; ++sent)
			pool.read({mail, {}, {}}, [&](Result<Reading> told) {
				++done;
				parsed += told && told->reports.size() == 1 && told->reports[0].report.address ? 1 : 0;
			});
	};
	while (done < mails) {
		send();
		const std::size_t before = done;
		if (!loop.run_until([&] { return done >= before + at_once / 2 || done == mails; }, Milliseconds(60'000))) break;
	}
	if (parsed != mails) return {1e9, 1e9};
	return {seconds_of(CLOCK_MONOTONIC) - wall, seconds_of(CLOCK_THREAD_CPUTIME_ID) - agent};
}

} // namespace

int main() {
	const std::string mail = reader_test::arf("2001:db8:1000::7", "1", enclosed_lines);
	Loop loop;
	auto pool = std::make_unique<ReaderPool>(loop, ReaderOptions{});
	std::vector<double> here, wall, agent;
	for (int i = 0; i < rounds; ++i) {
		here.push_back(read_here(mail));
		const Figures figures = read_in_pool(loop, *pool, mail);
		wall.push_back(figures.wall);
		agent.push_back(figures.agent);
	}
	const auto rate = [](std::vector<double>& seconds) {
		std::sort(seconds.begin(), seconds.end());
		return static_cast<double>(mails) / seconds[seconds.size() / 2];
	};
	const double through = rate(wall);
	pool.reset();
	rusage readers{};
	getrusage(RUSAGE_CHILDREN, &readers);
	const auto micros = [](const timeval& time) { return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec); };
	const double reader = (micros(readers.ru_utime) + micros(readers.ru_stime)) / (mails * rounds);
	fmt::print("pool: {:.0f} ARF mails/s through the pool, {:.0f} read in place, {:.1f} us of the agent's and {:.1f} of the "
	           "reader's processor for each ({} bytes, {} rounds of {}); goal {:.0f}: {}\n",
	           through, rate(here), 1e6 / rate(agent), reader, mail.size(), rounds, mails, goal, through >= goal ? "met" : "missed");
	return through >= goal ? 0 : 1;
}
