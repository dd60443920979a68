// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many ARF mails per second are read on one core: reports of both families with an enclosed spam of some
// kilobytes, as feedback loops send them.
#include "wire/report.h"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <string>
#include <vector>

using namespace gate25;

namespace {

constexpr double goal = 5'000; // per second
constexpr std::size_t mails_count = 500, enclosed_lines = 100;
constexpr int rounds = 20;

std::string client(std::size_t number) {
	if (number % 2 == 0) return fmt::format("198.51.{}.{}", 100 + number / 200 % 100, 1 + number % 200);
	return fmt::format("2001:db8:1000:{:x}::7", number);
}

std::string mail(std::size_t number) {
	const std::string address = client(number);
	std::string text = fmt::format(
	    "Received: from mx.reporter.example (mx.reporter.example [192.0.2.9])\r\n"
	    "\tby mx.provider.example with ESMTPS id {0}; Sat, 21 Nov 2026 10:00:06 +0000\r\n"
	    "From: Reports <fbl@reporter.example>\r\nTo: abuse@provider.example\r\n"
	    "Subject: FW: watches {0}\r\nMessage-ID: <{0}@reporter.example>\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report; report-type=feedback-report;\r\n boundary=\"part-{0}\"\r\n\r\n"
	    "--part-{0}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nAn abuse report.\r\n"
	    "--part-{0}\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
	    "User-Agent: Reporter/2.1\r\nVersion: 1\r\nArrival-Date: Sat, 21 Nov 2026 09:59:58 +0000\r\n"
	    "Original-Mail-From: <win@watches.example>\r\nOriginal-Rcpt-To: <redacted@reporter.example>\r\n"
	    "Source-IP: {1}\r\nSource-Port: 40123\r\n\r\n--part-{0}\r\nContent-Type: message/rfc822\r\n\r\n"
	    "Received: from pc (pc.example [{1}]) by mx.reporter.example; Sat, 21 Nov 2026 09:59:58 +0000\r\n"
	    "From: win@watches.example\r\nSubject: watches\r\n\r\n",
	    number, address);
	for (std::size_t i = 0; i < enclosed_lines; ++i)
		text += "Fine watches, nearly free, only today, only for you and your friends.\r\n";
	return text + fmt::format("\r\n--part-{}--\r\n", number);
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
	for (std::size_t i = 0; i < mails_count; ++i) mails.push_back(mail(i));
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
