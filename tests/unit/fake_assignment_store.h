// SPDX-License-Identifier: GPL-2.0-or-later
//
// A store of assignments in memory for tests: answers at once, or when told, and fails when told. What it says of the
// past is also what the real one is held against.
#pragma once

#include "core/assignment_world.h"

#include <algorithm>
#include <deque>
#include <tuple>
#include <utility>

namespace gate25 {

// What outlives a store that was opened; the test may read and change it.
struct FakeAssignmentFile {
	struct Row {
		Assignment assignment; // its rank counts for nothing
		std::string source;
		bool has_ended = false;
		bool is_of(const Row& other) const {
			const Assignment &a = assignment, &b = other.assignment;
			return source == other.source && a.prefix == b.prefix && a.ports == b.ports;
		}
	};
	std::vector<Row> rows; // in the order in which they began
	std::vector<std::string> sources;
	AssignmentStoreHealth health;
	std::optional<Error> load_error;
	UnixTime pruned_to{};

	// From now on everything waits until answer_next() or answer_all(), like on a slow disk.
	void hold() { is_held_ = true; }
	// From now on all but load() fails with this error and changes nothing; nullopt: it succeeds again.
	void fail_with(std::optional<Error> error) { error_ = std::move(error); }
	void fail_with(const std::string& text) { error_ = Error{ErrorKind::storage, text}; }
	std::size_t waiting() const { return waiting_.size(); }
	// false: nothing waited.
	bool answer_next() {
		if (waiting_.empty()) return false;
		const auto call = std::move(waiting_.front());
		waiting_.pop_front();
		call();
		return true;
	}
	// Also what is added by the answers; from now on calls are answered at once again.
	void answer_all() {
		is_held_ = false;
		while (answer_next()) {}
	}
	std::size_t standing() const {
		return static_cast<std::size_t>(std::ranges::count_if(rows, [](const Row& row) { return !row.has_ended; }));
	}

	// --- for FakeAssignmentStore ---
	void later(std::function<void()> call) {
		if (is_held_) waiting_.push_back(std::move(call));
		else call();
	}
	const std::optional<Error>& error() const { return error_; }

private:
	bool is_held_ = false;
	std::optional<Error> error_;
	std::deque<std::function<void()>> waiting_;
};

class FakeAssignmentStore : public AssignmentStore {
public:
	explicit FakeAssignmentStore(FakeAssignmentFile& file) : file_(file) {}

	Result<void> load(const std::function<void(Assignment&&)>& visit) override {
		if (file_.load_error) return fail(*file_.load_error);
		for (const Row& row : file_.rows)
			if (!row.has_ended) visit(ranked(row));
		return {};
	}
	void set_sources(std::vector<std::string> by_rank) override { file_.sources = std::move(by_rank); }
	void write(std::vector<AssignmentRow> rows, std::function<void(Result<void>)> done) override {
		std::vector<std::pair<AssignmentRow, std::string>> named;
		for (AssignmentRow& row : rows) {
			std::string source = source_name(row.assignment.source);
			named.emplace_back(std::move(row), std::move(source));
		}
		file_.health.waiting += named.size();
		file_.later([this, named = std::move(named), done = std::move(done)] {
			file_.health.waiting -= named.size();
			file_.health.is_writable = !file_.error();
			file_.health.problem = file_.error() ? file_.error()->text : "";
			++(file_.error() ? file_.health.failures : file_.health.commits);
			if (file_.error()) return done(fail(*file_.error()));
			for (const auto& [row, source] : named) keep(row, source);
			done({});
		});
	}
	void holders(std::vector<HolderQuestion> questions,
	             std::function<void(Result<std::vector<std::optional<Assignment>>>)> done) override {
		file_.later([this, questions = std::move(questions), done = std::move(done)] {
			if (file_.error()) return done(fail(*file_.error()));
			std::vector<std::optional<Assignment>> found;
			for (const HolderQuestion& question : questions) found.push_back(holder(question));
			done(std::move(found));
		});
	}
	void history(AssignmentQuery query, std::function<void(Result<std::vector<AssignmentRow>>)> done) override {
		file_.later([this, query = std::move(query), done = std::move(done)] {
			if (file_.error()) return done(fail(*file_.error()));
			done(matching(query));
		});
	}
	void prune(UnixTime older_than) override {
		file_.pruned_to = older_than;
		std::erase_if(file_.rows, [&](const Row& row) { return row.has_ended && row.assignment.until < older_than; });
	}
	void forget(const std::string& subscriber, std::function<void(Result<std::uint64_t>)> done) override {
		file_.later([this, subscriber, done = std::move(done)] {
			if (file_.error()) return done(fail(*file_.error()));
			done(std::erase_if(file_.rows, [&](const Row& row) { return row.assignment.subscriber == subscriber; }));
		});
	}
	AssignmentStoreHealth health() const override { return file_.health; }

private:
	using Row = FakeAssignmentFile::Row;
	std::string source_name(SourceRank rank) const { return rank < file_.sources.size() ? file_.sources[rank] : ""; }
	SourceRank rank_of(const std::string& source) const {
		const auto found = std::ranges::find(file_.sources, source);
		return found == file_.sources.end() ? unknown_source : static_cast<SourceRank>(found - file_.sources.begin());
	}
	Assignment ranked(const Row& row) const {
		Assignment assignment = row.assignment;
		assignment.source = rank_of(row.source);
		return assignment;
	}

	void keep(const AssignmentRow& row, const std::string& source) {
		Row made{row.assignment, source, row.has_ended};
		const auto standing = std::ranges::find_if(file_.rows, [&](const Row& known) { return !known.has_ended && known.is_of(made); });
		const bool is_known = standing != file_.rows.end();
		if (row.is_refreshed) {
			if (!is_known || standing->assignment.subscriber != row.assignment.subscriber) return;
			standing->assignment.seen = row.assignment.seen;
			standing->assignment.until = row.assignment.until;
			return;
		}
		const bool is_same = is_known && standing->assignment.subscriber == row.assignment.subscriber &&
		                     standing->assignment.from == row.assignment.from;
		if (row.has_ended || is_same) forget_details(made);
		if (is_same) {
			*standing = std::move(made);
			return;
		}
		// Somebody else's, or another time of the same: it has ended at the latest now, even if nobody said so.
		if (is_known && (!row.has_ended || standing->assignment.from <= row.assignment.from)) {
			standing->has_ended = true;
			standing->assignment.until = std::max(standing->assignment.from, row.assignment.from);
			forget_details(*standing);
		}
		file_.rows.push_back(std::move(made));
	}
	// Of what is over they are not kept.
	static void forget_details(Row& row) {
		if (!row.has_ended) return;
		row.assignment.session = 0;
		row.assignment.server = 0;
		row.assignment.seen = *row.assignment.until;
	}

	static bool stood_at(const Row& row, UnixTime at) {
		return row.assignment.from <= at && (!row.has_ended || at < *row.assignment.until);
	}
	// The longest prefix, then those who have only the port before those who have all, then by precedence, then the latest.
	std::optional<Assignment> holder(const HolderQuestion& question) const {
		std::vector<Assignment> found;
		for (const Row& row : file_.rows)
			if (row.assignment.prefix.contains(question.address) && stood_at(row, question.at)) found.push_back(ranked(row));
		if (found.empty()) return std::nullopt;
		const unsigned longest = std::ranges::max(found, {}, [](const Assignment& one) { return one.prefix.length(); }).prefix.length();
		std::erase_if(found, [&](const Assignment& one) {
			const bool is_holder = question.port ? one.ports.contains(*question.port) : one.ports.is_whole();
			return one.prefix.length() != longest || !is_holder;
		});
		if (found.empty()) return std::nullopt;
		return std::ranges::min(found, {}, [](const Assignment& one) {
			return std::tuple(one.ports.is_whole(), one.source, -one.from.time_since_epoch());
		});
	}

	static bool is_wanted(const Row& row, const AssignmentQuery& query) {
		const Assignment& one = row.assignment;
		if (query.overlaps && !query.overlaps->overlaps(one.prefix)) return false;
		if (query.subscriber && *query.subscriber != one.subscriber) return false;
		if (query.since && row.has_ended && *one.until <= *query.since) return false;
		return !query.to || one.from <= *query.to;
	}
	// Those that stand first, by their begin; then by their end.
	std::vector<AssignmentRow> matching(const AssignmentQuery& query) const {
		std::vector<const Row*> found;
		for (const Row& row : file_.rows)
			if (is_wanted(row, query)) found.push_back(&row);
		std::ranges::stable_sort(found, std::greater{}, [](const Row* row) {
			return std::pair(!row->has_ended, row->has_ended ? *row->assignment.until : row->assignment.from);
		});
		std::vector<AssignmentRow> answer;
		for (const Row* row : found)
			if (answer.size() < query.limit) answer.push_back({ranked(*row), row->has_ended, false});
		return answer;
	}

	FakeAssignmentFile& file_;
};

} // namespace gate25
