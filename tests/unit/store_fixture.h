// SPDX-License-Identifier: GPL-2.0-or-later
//
// A directory that goes away, a loop that runs what the store posts, and rows to store.
#pragma once

#include "edge/store/sqlite_store.h"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <doctest/doctest.h>
#include <filesystem>
#include <mutex>

namespace gate25::test {

class TemporaryDirectory {
public:
	TemporaryDirectory() {
		std::string name = (std::filesystem::temp_directory_path() / "gate25-store-XXXXXX").string();
		REQUIRE(mkdtemp(name.data()) != nullptr);
		path_ = name;
	}
	~TemporaryDirectory() {
		std::error_code ignored;
		std::filesystem::remove_all(path_, ignored);
	}
	TemporaryDirectory(const TemporaryDirectory&) = delete;
	TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
	const std::string& path() const { return path_; }
	std::string database() const { return path_ + "/gate25.db"; }

private:
	std::string path_;
};

// Stands for the event loop: functions posted from anywhere run where run_one() is called.
class TestLoop {
public:
	PostToLoop post() {
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
		REQUIRE(wake_.wait_for(lock, std::chrono::seconds(60), [this] { return !posted_.empty(); }));
		auto function = std::move(posted_.front());
		posted_.pop_front();
		lock.unlock();
		function();
	}
	template <class Condition> void run_until(Condition condition) {
		while (!condition()) run_one();
	}
	std::size_t posted() {
		const std::lock_guard lock(mutex_);
		return posted_.size();
	}

private:
	std::mutex mutex_;
	std::condition_variable wake_;
	std::deque<std::function<void()>> posted_;
};

// For conditions that ask the store themselves, which gives its thread time for what it does on the side.
template <class Condition> void ask_until(Condition condition) {
	const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
	while (!condition()) REQUIRE(std::chrono::steady_clock::now() < end);
}

// An open store with its loop; load() was not yet called.
struct OpenStore {
	explicit OpenStore(const std::string& directory) {
		auto opened = SqliteStore::open(directory, loop.post());
		REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().text));
		store = std::move(*opened);
	}
	// Waits for the answer.
	Result<void> commit(std::vector<Change> changes) {
		std::optional<Result<void>> answer;
		store->commit(std::move(changes), [&](Result<void> result) { answer = std::move(result); });
		loop.run_until([&] { return answer.has_value(); });
		return *answer;
	}
	History history(const HistoryQuery& query) {
		std::optional<Result<History>> answer;
		store->history(query, [&](Result<History> result) { answer = std::move(result); });
		loop.run_until([&] { return answer.has_value(); });
		REQUIRE_MESSAGE(answer->has_value(), (*answer ? "" : answer->error().text));
		return std::move(**answer);
	}
	// Waits for the answer to a question.
	template <class Value, class Ask> Result<Value> answer(const Ask& ask) {
		std::optional<Result<Value>> answer;
		ask([&](Result<Value> result) { answer = std::move(result); });
		loop.run_until([&] { return answer.has_value(); });
		return std::move(*answer);
	}
	std::vector<AlertRow> alerts(UnixTime since, std::uint64_t after, unsigned limit) {
		auto rows = answer<std::vector<AlertRow>>(
			[&](auto done) { store->alerts(since, after, limit, std::move(done)); });
		REQUIRE_MESSAGE(rows.has_value(), (rows ? "" : rows.error().text));
		return std::move(*rows);
	}
	Result<HeldReport> held_report(std::uint64_t id) {
		return answer<HeldReport>([&](auto done) { store->held_report(id, std::move(done)); });
	}
	std::optional<StoredKey> find_key(const std::string& key) {
		auto found = answer<std::optional<StoredKey>>([&](auto done) { store->find_key(key, std::move(done)); });
		REQUIRE_MESSAGE(found.has_value(), (found ? "" : found.error().text));
		return std::move(*found);
	}
	StoredState load(const Now& now) {
		auto state = store->load(now);
		REQUIRE_MESSAGE(state.has_value(), (state ? "" : state.error().text));
		return std::move(*state);
	}

	TestLoop loop;
	std::unique_ptr<SqliteStore> store; // ends before the loop
};

inline Prefix prefix(std::string_view text) {
	auto parsed = Prefix::parse(text);
	REQUIRE(parsed.has_value());
	return *parsed;
}

inline constexpr UnixTime noon{Seconds{1795305600}};
inline constexpr Now at_noon{noon, Milliseconds{5'000'000}};
inline Now later(Seconds seconds) {
	return {at_noon.wall + seconds, at_noon.boot + seconds};
}

inline Quarantine quarantine(std::uint64_t id, std::string_view where, Seconds duration = std::chrono::hours{24}) {
	Quarantine made;
	made.id = id;
	made.prefix = prefix(where);
	made.level = Level::mail;
	made.reason = "spam seen by a neighbour";
	made.by = "uid 1000 (anna)";
	made.ticket = "RT#" + std::to_string(id);
	made.from = noon;
	made.until = deadline_after(at_noon, duration);
	return made;
}

inline Exemption exemption(std::uint64_t id, std::string_view where) {
	Exemption made;
	made.id = id;
	made.prefix = prefix(where);
	made.reason = "runs a mail server";
	made.owner = "ACME";
	made.by = "root";
	made.from = noon;
	return made;
}

// As a detector's alert mostly is: of a user that the configuration names.
inline AlertRow alert(std::uint64_t id, std::string_view from, std::uint64_t decision = 0) {
	AlertRow made;
	made.id = id;
	made.received = noon;
	made.alert.address = prefix(from).address();
	made.alert.kind = AlertKind::bot;
	made.alert.reporter = "ids";
	made.alert.at = noon - Seconds{60};
	made.alert.port = 4321;
	made.alert.count = 3;
	made.voucher.user = "suricata";
	made.voucher.is_named = true;
	made.subscriber = Prefix::of(made.alert.address, made.alert.address.family() == Family::ipv4 ? 32 : 56);
	made.reporter = {"ids", one_point, Proof::user, "user suricata"};
	made.step = decision == 0 ? 13 : 16;
	made.outcome = decision == 0 ? Outcome::recorded : Outcome::decided;
	made.why = "first alert";
	made.is_tallied = true;
	made.is_incident = decision == 0;
	made.decision = decision;
	made.key = id * 0x9e3779b97f4a7c15U;
	return made;
}

inline AuditRow audit(std::uint64_t id, std::string subject, std::uint64_t decision = 0) {
	return {id, noon, "uid 1000 (anna)", "quarantine", std::move(subject), "because", decision};
}

template <class Rows> std::vector<std::uint64_t> ids(const Rows& rows) {
	std::vector<std::uint64_t> found;
	for (const auto& row : rows) found.push_back(row.id);
	return found;
}

} // namespace gate25::test
