// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reports to a running agent, one mail in each request, over so many connections at once.
//   mail_bench arf SOCKET COUNT CONNECTIONS          each about another subscriber, half of each family
//   mail_bench file SOCKET COUNT CONNECTIONS FILE    the same mail again and again
#include "http.h"
#include "mails.h"
#include "stopwatch.h"
#include "subscriber.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace {

std::string now() {
	const std::time_t time = std::time(nullptr);
	std::array<char, 64> text{};
	return {text.data(),
	        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S +0000", std::gmtime(&time))};
}

std::string about_subscriber(std::uint32_t number) {
	const auto address = number % 2 == 0 ? bench::subscriber4(number / 2) : bench::subscriber6(number / 2, 2);
	return bench::arf_mail(number, address.text(), now());
}

std::vector<std::string> the_same(const char *file, std::uint32_t count) {
	std::ifstream stream(file, std::ios::binary);
	const std::string text{std::istreambuf_iterator<char>(stream), {}};
	if (text.empty()) {
		fmt::print(stderr, "mail_bench: {} is empty, or cannot be read\n", file);
		std::exit(1);
	}
	return std::vector<std::string>(count, text);
}

int deliver(const std::string &socket, const std::vector<std::string> &mails, std::uint32_t connections) {
	std::atomic<std::size_t> next = 0, decided = 0, repeated = 0;
	const auto work = [&] {
		bench::Http agent(socket);
		for (std::size_t i = next++; i < mails.size(); i = next++) {
			const std::string answer = agent.post("/v1/reports", "message/rfc822", mails[i]);
			decided += answer.find(R"("outcome":"decided")") != std::string::npos ? 1 : 0;
			repeated += answer.find(R"("outcome":"duplicate")") != std::string::npos ? 1 : 0;
		}
	};
	const auto begun = bench::wall_ns();
	std::vector<std::thread> threads;
	for (std::uint32_t i = 0; i < connections; ++i) threads.emplace_back(work);
	for (std::thread &thread : threads) thread.join();
	fmt::print(R"({{"seconds":{:.6f},"decided":{},"repeated":{}}})"
	           "\n",
	           static_cast<double>(bench::wall_ns() - begun) / 1e9, decided.load(), repeated.load());
	return 0;
}

} // namespace

int main(int argc, char **argv) {
	const auto number = [&](int at) { return static_cast<std::uint32_t>(std::strtoul(argv[at], nullptr, 10)); };
	if (argc == 5 && std::strcmp(argv[1], "arf") == 0) {
		std::vector<std::string> mails;
		for (std::uint32_t i = 0; i < number(3); ++i) mails.push_back(about_subscriber(i));
		return deliver(argv[2], mails, number(4));
	}
	if (argc == 6 && std::strcmp(argv[1], "file") == 0)
		return deliver(argv[2], the_same(argv[5], number(3)), number(4));
	fmt::print(stderr, "usage: mail_bench arf SOCKET COUNT CONNECTIONS | file SOCKET COUNT CONNECTIONS FILE\n");
	return 2;
}
