// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many ARF mails per second are read on one core: reports of both families with an enclosed spam of some
// kilobytes, as feedback loops send them.
#include "mails.h"

#include "wire/report.h"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <string>
#include <vector>

using namespace gate25;

namespace {

constexpr double goal = 5'000; // per second
constexpr std::size_t mails_count = 500;
constexpr int rounds = 20;

std::string client(std::size_t number) {
	if (number % 2 == 0) return fmt::format("198.51.{}.{}", 100 + number / 200 % 100, 1 + number % 200);
	return fmt::format("2001:db8:1000:{:x}::7", number);
}

// Of this thread: a busy machine makes no difference.
double processor_seconds() {
	timespec now{};
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double seconds_for(const std::vector<std::string>& mails, std::size_t& parsed) {
	const double start = processor_seconds();
	for (const std::string& text : mails) {
		const Report report = read_mail_report(text);
		parsed += report.outcome == ReportOutcome::parsed && report.corroboration == Corroboration::agrees ? 1 : 0;
	}
	return processor_seconds() - start;
}

} // namespace

int main() {
	std::vector<std::string> mails;
	for (std::size_t i = 0; i < mails_count; ++i) mails.push_back(bench::arf_mail(i, client(i), "Sat, 21 Nov 2026 09:59:58 +0000"));
	std::vector<double> rates;
	std::size_t parsed = 0;
	for (int i = 0; i < rounds; ++i)
		rates.push_back(static_cast<double>(mails.size()) / seconds_for(mails, parsed));
	std::sort(rates.begin(), rates.end());
	const bool is_whole = parsed == mails_count * rounds;
	fmt::print(
	    "report: {:.0f} ARF mails/s on one core (median of {}, best {:.0f}) of {} bytes each{}; goal {:.0f}: {}\n",
	    rates[rates.size() / 2], rates.size(), rates.back(), mails[0].size(), is_whole ? "" : ", SOME NOT READ",
	    goal, rates[rates.size() / 2] >= goal ? "met" : "missed");
	return is_whole && rates.back() >= goal ? 0 : 1;
}
