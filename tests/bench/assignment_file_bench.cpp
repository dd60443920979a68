// SPDX-License-Identifier: GPL-2.0-or-later
//
// assignment_file_bench COUNT EVENTS DIRECTORY: the file of assignments, without anybody who claims. So many subscribers, half with an
// IPv4 address and half with a /56, begin; then their sessions end and others begin, in an order that no cache knows;
// all of them are said to hold still; the file is opened again and asked. Prints what each cost: CPU of the whole process.
#include "edge/store/assignment_file.h"
#include "stopwatch.h"
#include "subscriber.h"

#include <condition_variable>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fmt/format.h>

using namespace gate25;

namespace {

constexpr std::size_t rows_of_a_write = 100; // some milliseconds of 20,000 packets a second
constexpr std::size_t most_writing = 50;
constexpr UnixTime start{Seconds(1795305600)};

double cpu_seconds() {
	timespec spent{};
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
	return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

struct Cost {
	double seconds = 0, cpu = 0;
};

class Watch {
public:
	Cost cost() const { return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count(), cpu_seconds() - cpu_}; }

private:
	std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
	double cpu_ = cpu_seconds();
};

[[noreturn]] void give_up(const std::string& why) {
	fmt::print(stderr, "assignment_file_bench: {}\n", why);
	std::exit(1);
}

// The loop of an agent that does nothing else.
class Loop {
public:
	AssignmentFile::PostToLoop post() {
		return [this](std::function<void()> function) {
			{
				const std::lock_guard lock(mutex_);
				posted_.push_back(std::move(function));
			}
			wake_.notify_one();
		};
	}
	void run_one() {
		std::unique_lock lock(mutex_);
		wake_.wait(lock, [this] { return !posted_.empty(); });
		auto function = std::move(posted_.front());
		posted_.pop_front();
		lock.unlock();
		function();
	}

private:
	std::mutex mutex_;
	std::condition_variable wake_;
	std::deque<std::function<void()>> posted_;
};

class Bench {
public:
	Bench(std::uint32_t count, const std::string& directory) : count_(count), directory_(directory), sessions_(count) { open(); }

	void open() {
		file_.reset();
		file_ = std::make_unique<AssignmentFile>(directory_, loop_.post());
		file_->set_sources({"radius"});
	}
	Cost load() {
		open();
		const Watch watch;
		std::uint32_t loaded = 0;
		const auto done = file_->load([&](Assignment&&) { ++loaded; });
		if (!done) give_up(done.error().text);
		if (loaded != count_) give_up(fmt::format("{} loaded of {}", loaded, count_));
		return watch.cost();
	}
	Cost begin_all() {
		return write(count_, [this](std::uint32_t i) { return AssignmentRow{assignment(i), false, false}; });
	}
	// Each an end or a begin.
	Cost churn(std::uint32_t events) {
		std::uint32_t n = 0;
		Assignment next;
		return write(events, [this, n, next](std::uint32_t i) mutable {
			now_ = start + Seconds(3600 + i / 20'000);
			if (i % 2 == 1) return AssignmentRow{next, false, false};
			n = (n + 7'368'787) % count_; // a prime: each comes once
			AssignmentRow row{assignment(n), true, false};
			row.assignment.until = now_;
			sessions_[n] = static_cast<std::uint32_t>((now_ - start).count());
			next = assignment(n);
			return row;
		});
	}
	Cost refresh_all() {
		std::uint32_t n = 0;
		return write(count_, [this, n](std::uint32_t) mutable {
			n = (n + 7'368'787) % count_;
			AssignmentRow row{assignment(n), false, true};
			row.assignment.seen = now_ + Seconds(600);
			return row;
		});
	}
	Cost ask(std::uint32_t questions, UnixTime at) {
		const Watch watch;
		std::uint32_t found = 0, n = 0, left = questions;
		while (left > 0) {
			std::vector<HolderQuestion> some;
			for (; left > 0 && some.size() < 100; --left) {
				n = (n + 7'368'787) % count_;
				some.push_back({prefix(n).last(), 25000, at});
			}
			bool is_over = false;
			file_->holders(std::move(some), [&](const Result<std::vector<std::optional<Assignment>>>& answers) {
				if (!answers) give_up(answers.error().text);
				for (const auto& one : *answers) found += one ? 1 : 0;
				is_over = true;
			});
			while (!is_over) loop_.run_one();
		}
		if (found != questions) give_up(fmt::format("of {} questions {} were answered", questions, found));
		return watch.cost();
	}
	template <class Value> void wait(bool& is_over, const Result<Value>& result) {
		if (!result) give_up(result.error().text);
		is_over = true;
	}
	Cost history() {
		const Watch watch;
		AssignmentQuery query;
		query.subscriber = name(count_ / 2);
		bool is_over = false;
		file_->history(query, [&](const auto& rows) { wait(is_over, rows); });
		while (!is_over) loop_.run_one();
		return watch.cost();
	}
	Cost forget() {
		const Watch watch;
		bool is_over = false;
		file_->forget(name(count_ / 2), [&](const auto& rows) { wait(is_over, rows); });
		while (!is_over) loop_.run_one();
		return watch.cost();
	}
	Cost prune() {
		const Watch watch;
		file_->prune(now_ + Seconds(1));
		do {
			bool is_over = false;
			file_->holders({}, [&](const auto& answers) { wait(is_over, answers); });
			while (!is_over) loop_.run_one();
		} while (file_->health().oldest);
		return watch.cost();
	}
	double bytes() {
		open(); // what is in the log is in the file then
		if (const auto done = file_->load([](Assignment&&) {}); !done) give_up(done.error().text);
		return static_cast<double>(std::filesystem::file_size(directory_ + "/assignments.db"));
	}
	UnixTime now() const { return now_; }

private:
	static std::string name(std::uint32_t i) { return fmt::format("subscriber-{:08}@example.net", i); }
	static Prefix prefix(std::uint32_t i) {
		return i % 2 == 0 ? Prefix::host(bench::subscriber4(i)) : Prefix::of(bench::subscriber6(i, 2), 56);
	}
	Assignment assignment(std::uint32_t i) const {
		Assignment one;
		one.prefix = prefix(i);
		one.subscriber = name(i);
		one.from = one.seen = start + Seconds(sessions_[i]);
		one.session = (i + 1) * 0x9e3779b97f4a7c15U;
		one.server = i * 0x9e3779b9U;
		return one;
	}
	template <class MakeRow> Cost write(std::uint32_t rows, MakeRow make) {
		std::size_t writing = 0;
		const Watch watch;
		const auto done = [&writing](const Result<void>& result) {
			if (!result) give_up(result.error().text);
			--writing;
		};
		for (std::uint32_t i = 0; i < rows;) {
			std::vector<AssignmentRow> some;
			for (; i < rows && some.size() < rows_of_a_write; ++i) some.push_back(make(i));
			++writing;
			file_->write(std::move(some), done);
			while (writing >= most_writing) loop_.run_one();
		}
		while (writing > 0) loop_.run_one();
		return watch.cost();
	}

	std::uint32_t count_;
	std::string directory_;
	std::vector<std::uint32_t> sessions_; // when each began, seconds after the start
	UnixTime now_ = start;
	Loop loop_;
	std::unique_ptr<AssignmentFile> file_;
};

} // namespace

int main(int argc, char** argv) {
	const auto count = static_cast<std::uint32_t>(argc == 4 ? std::strtoul(argv[1], nullptr, 10) : 0);
	const auto events = static_cast<std::uint32_t>(argc == 4 ? std::strtoul(argv[2], nullptr, 10) : 0);
	if (count == 0 || events == 0) {
		fmt::print(stderr, "usage: assignment_file_bench COUNT EVENTS DIRECTORY\n");
		return 2;
	}
	Bench bench(count, argv[3]);
	const Cost begun = bench.begin_all();
	const double standing_bytes = bench.bytes();
	const Cost churned = bench.churn(events);
	const double all_bytes = bench.bytes();
	const Cost refreshed = bench.refresh_all();
	const Cost loaded = bench.load();
	const std::uint32_t questions = std::min(count, 20'000U);
	const Cost asked_now = bench.ask(questions, bench.now() + Seconds(1)), asked_then = bench.ask(std::min(questions, events / 2), start + Seconds(1));
	const Cost history = bench.history(), forgotten = bench.forget(), pruned = bench.prune();
	const double n = count, e = events, q = questions, ended = events / 2;
	fmt::print("{{\"count\":{},\"events\":{},\"begin_us\":{:.2f},\"churn_us\":{:.2f},\"churn_seconds\":{:.2f},\"refresh_us\":{:.2f},"
	           "\"load_seconds\":{:.2f},\"bytes_standing\":{:.1f},\"bytes_history\":{:.1f},\"now_us\":{:.1f},\"then_us\":{:.1f},"
	           "\"history_ms\":{:.1f},\"forget_ms\":{:.1f},\"prune_us\":{:.2f}}}\n",
	           count, events, begun.cpu / n * 1e6, churned.cpu / e * 1e6, churned.seconds, refreshed.cpu / n * 1e6, loaded.cpu,
	           standing_bytes / n, (all_bytes - standing_bytes) / ended, asked_now.cpu / q * 1e6, asked_then.cpu / std::min(q, ended) * 1e6,
	           history.seconds * 1e3, forgotten.seconds * 1e3, pruned.cpu / ended * 1e6);
}
