// SPDX-License-Identifier: GPL-2.0-or-later
//
// Alerts to a running agent.
//   alert_bench one SOCKET DIR FIRST COUNT  one at a time, and between any two, durable writes to files in DIR
//   alert_bench storm SOCKET COUNT PIECE REPORTERS  in bulk, half of each family, so many lines a request, from so
//                                           many reporters at once
#include "http.h"
#include "stopwatch.h"
#include "subscriber.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

[[noreturn]] void give_up(const std::string& what) {
	fmt::print(stderr, "alert_bench: {}\n", what);
	std::exit(1);
}

std::string alert(std::uint32_t number) {
	const auto address = number % 2 == 0 ? bench::subscriber4(number / 2) : bench::subscriber6(number / 2, 2);
	return fmt::format(R"({{"address":"{}","kind":"spam","reporter":"trap.example"}})", address.text());
}

std::size_t count_of(const std::string& text, const char* word) {
	std::size_t count = 0;
	for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
	return count;
}

// A file in the agent's directory, and pages written to it. `in_place` overwrites blocks that it has, which is the least
// a file system can do; the other way it grows, as a log does.
class Disk {
public:
	Disk(std::string file, bool in_place) : file_(std::move(file)), page_(4096, 'x'), is_in_place_(in_place) {
		fd_ = open(file_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (fd_ < 0) give_up(file_ + ": " + std::strerror(errno));
		for (int i = 0; i < pages; ++i) write();
		if (fsync(fd_) != 0) give_up(file_ + ": " + std::strerror(errno));
	}
	Disk(const Disk&) = delete;
	Disk& operator=(const Disk&) = delete;
	~Disk() {
		close(fd_);
		unlink(file_.c_str());
	}
	double microseconds_of_a_write() {
		const auto begun = bench::wall_ns();
		write();
		if (fdatasync(fd_) != 0) give_up(std::strerror(errno));
		return static_cast<double>(bench::wall_ns() - begun) / 1e3;
	}

private:
	static constexpr int pages = 64;
	void write() {
		const int page = is_in_place_ ? next_ % pages : next_;
		if (pwrite(fd_, page_.data(), page_.size(), page * 4096L) != 4096) give_up(std::strerror(errno));
		++next_;
	}
	std::string file_, page_;
	bool is_in_place_;
	int fd_ = -1, next_ = 0;
};

std::string quantiles(const std::vector<double>& values) {
	return fmt::format(R"({{"p50":{:.1f},"p99":{:.1f}}})", bench::quantile(values, 0.5), bench::quantile(values, 0.99));
}

int one_by_one(const std::string& socket, const std::string& directory, std::uint32_t first, std::uint32_t count) {
	bench::Http agent(socket);
	Disk same(directory + "/probe", true), growing(directory + "/growing", false);
	std::vector<double> alerts, in_place, appended;
	for (std::uint32_t i = 0; i < count + 10; ++i) { // the first ten warm up
		const double one = same.microseconds_of_a_write(), other = growing.microseconds_of_a_write();
		const auto begun = bench::wall_ns();
		const std::string answer = agent.post("/v1/alerts", "application/json", alert(first + i));
		const auto answered = bench::wall_ns();
		if (count_of(answer, R"("outcome":"decided")") != 1) give_up("not decided: " + answer);
		if (i < 10) continue;
		in_place.push_back(one);
		appended.push_back(other);
		alerts.push_back(static_cast<double>(answered - begun) / 1e3);
	}
	fmt::print(R"({{"alert":{},"in_place":{},"appended":{}}})" "\n", quantiles(alerts), quantiles(in_place), quantiles(appended));
	return 0;
}

int storm(const std::string& socket, std::uint32_t count, std::uint32_t piece, std::uint32_t reporters) {
	std::vector<std::string> bodies;
	for (std::uint32_t i = 0; i < count; ++i) {
		if (i % piece == 0) bodies.emplace_back();
		bodies.back() += alert(i) + '\n';
	}
	std::atomic<std::size_t> next = 0, decided = 0;
	const auto report = [&] {
		bench::Http agent(socket);
		for (std::size_t i = next++; i < bodies.size(); i = next++)
			decided += count_of(agent.post("/v1/alerts", "application/x-ndjson", bodies[i]), R"("outcome":"decided")");
	};
	const auto begun = bench::wall_ns();
	std::vector<std::thread> threads;
	for (std::uint32_t i = 0; i < reporters; ++i) threads.emplace_back(report);
	for (std::thread& thread : threads) thread.join();
	fmt::print(R"({{"seconds":{:.6f},"decided":{}}})" "\n", static_cast<double>(bench::wall_ns() - begun) / 1e9, decided.load());
	return 0;
}

} // namespace

int main(int argc, char** argv) {
	const auto number = [&](int at) { return static_cast<std::uint32_t>(std::strtoul(argv[at], nullptr, 10)); };
	if (argc == 6 && std::strcmp(argv[1], "one") == 0) return one_by_one(argv[2], argv[3], number(4), number(5));
	if (argc == 6 && std::strcmp(argv[1], "storm") == 0 && number(4) > 0) return storm(argv[2], number(3), number(4), number(5));
	fmt::print(stderr, "usage: alert_bench one SOCKET DIR FIRST COUNT | storm SOCKET COUNT PIECE REPORTERS\n");
	return 2;
}
