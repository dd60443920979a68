// SPDX-License-Identifier: GPL-2.0-or-later
//
// What people ask: few, so nothing that every session would pay for is kept for them.
#include "edge/store/assignment_place.h"

#include <algorithm>

namespace gate25 {

namespace {

// Those that lie in a prefix are one range of the table; those that contain it are one place for each length.
constexpr std::string_view within = " s.family = ?1 AND s.address >= ?2 AND s.address <= ?3 AND s.length >= ?4 ";

class Range {
public:
	explicit Range(const Prefix& prefix) : prefix_(prefix), stored_(prefix), last_(prefix.last()) {}
	sql::Statement& bind(sql::Statement& statement, const auto&... more) const {
		return statement.bind(stored_.family(), stored_.address(), last_.bytes(), prefix_.length(), more...);
	}
	const Prefix& prefix() const { return prefix_; }

private:
	Prefix prefix_;
	StoredPrefix stored_;
	Address last_;
};

std::vector<Range> ranges_of(const AssignmentQuery& query) {
	if (query.overlaps) return {Range(*query.overlaps)};
	return {Range(Prefix::of(Address::ipv4(0), 0)), Range(Prefix::of(Address::from_bytes(std::array<std::uint8_t, 16>{}), 0))};
}

// What ended after `since`: its day and its number.
std::int64_t first_number(const AssignmentQuery& query) {
	return query.since ? first_number_of(std::max<std::int64_t>(0, unix_seconds(*query.since) + 1)) : 0;
}

std::int64_t last_begin(const AssignmentQuery& query) { return query.to ? unix_seconds(*query.to) : last_stored_second; }

void keep_newest(std::vector<AssignmentRow>& found, std::size_t from, unsigned limit) {
	const auto first = found.begin() + static_cast<std::ptrdiff_t>(from);
	std::stable_sort(first, found.end(), [](const AssignmentRow& a, const AssignmentRow& b) {
		return a.has_ended ? *a.assignment.until > *b.assignment.until : a.assignment.from > b.assignment.from;
	});
	if (found.size() > limit) found.resize(limit);
}

} // namespace

Result<std::vector<AssignmentRow>> AssignmentTables::history(const AssignmentQuery& query) {
	return on_file([&]() -> Result<std::vector<AssignmentRow>> {
		std::vector<AssignmentRow> found;
		std::int64_t subscriber = 0;
		if (query.subscriber) {
			const auto number = find_name(*query.subscriber);
			if (!number) return fail(number.error());
			if (!*number) return found;
			subscriber = **number;
		}
		auto done = standing_of(query, subscriber, found);
		keep_newest(found, 0, query.limit);
		if (done) done = history_of(query, subscriber, found);
		if (!done) return fail(done.error());
		return found;
	});
}

// What stands is read through for a subscriber.
Result<void> AssignmentTables::standing_of(const AssignmentQuery& query, std::int64_t subscriber, std::vector<AssignmentRow>& found) {
	auto read = database_->prepare("SELECT " + std::string(standing_columns) + " FROM standing s JOIN subscriber n ON n.number = s.subscriber"
	                               " WHERE" + std::string(within) + "AND (?5 = 0 OR s.subscriber = ?5) AND s.began <= ?6"
	                               " ORDER BY s.began DESC LIMIT ?7");
	if (!read) return fail(read.error());
	const auto take = [&](const sql::Row& row) -> Result<void> {
		auto one = read_standing(*database_, row);
		if (!one) return fail(one.error());
		const bool is_wanted = (!query.subscriber || one->subscriber == *query.subscriber) && (!query.to || one->from <= *query.to);
		if (is_wanted) found.push_back({std::move(*one), false, false});
		return {};
	};
	for (const Range& range : ranges_of(query)) {
		auto done = range.bind(*read, subscriber, last_begin(query), query.limit).each(take);
		for (unsigned length = 0; done && length < range.prefix().length(); ++length) {
			const StoredPrefix prefix(Prefix::of(range.prefix().address(), length));
			done = statements_->standing_at.bind(prefix.family(), prefix.address(), prefix.length()).each(take);
		}
		if (!done) return done;
	}
	return {};
}

Result<void> AssignmentTables::history_of(const AssignmentQuery& query, std::int64_t subscriber, std::vector<AssignmentRow>& found) {
	if (!query.overlaps && !query.subscriber) return history_of_all(query, found);
	const std::int64_t first_day = second_of(first_number(query)) / seconds_of_day;
	for (auto day = days_.rbegin(); day != days_.rend() && *day >= first_day && found.size() < query.limit; ++day) {
		const std::size_t before = found.size();
		if (auto done = history_of_day(query, subscriber, *day, found); !done) return done;
		keep_newest(found, before, query.limit);
	}
	return {};
}

Result<void> AssignmentTables::history_of_day(const AssignmentQuery& query, std::int64_t subscriber, std::int64_t day,
                                              std::vector<AssignmentRow>& found) {
	const std::string select = "SELECT " + std::string(history_columns) + " FROM history s JOIN subscriber n ON n.number = s.subscriber WHERE";
	const auto take = [&](const sql::Row& row) -> Result<void> {
		auto one = read_history(row);
		if (!one) return fail(one.error());
		if (!query.overlaps || query.overlaps->overlaps(one->prefix)) found.push_back({std::move(*one), true, false});
		return {};
	};
	if (query.subscriber) {
		auto read = database_->prepare(select + " s.day = ?1 AND s.subscriber = ?2 AND s.number >= ?3 AND s.began <= ?4");
		if (!read) return fail(read.error());
		return read->bind(day, subscriber, first_number(query), last_begin(query)).each(take);
	}
	auto read = database_->prepare(select + std::string(within) + "AND s.day = ?5 AND s.number >= ?6 AND s.began <= ?7 ORDER BY s.number DESC LIMIT ?8");
	if (!read) return fail(read.error());
	const Range range(*query.overlaps);
	auto done = range.bind(*read, day, first_number(query), last_begin(query), query.limit).each(take);
	for (unsigned length = 0; done && length < range.prefix().length(); ++length) {
		if (!has_shape(range.prefix().family(), length)) continue;
		const StoredPrefix prefix(Prefix::of(range.prefix().address(), length));
		done = statements_->history_at.bind(prefix.family(), prefix.address(), prefix.length(), day, last_begin(query), first_number(query)).each(take);
	}
	return done;
}

Result<void> AssignmentTables::history_of_all(const AssignmentQuery& query, std::vector<AssignmentRow>& found) {
	auto read = database_->prepare("SELECT " + std::string(history_columns) + " FROM history s JOIN subscriber n ON n.number = s.subscriber"
	                               " WHERE s.number >= ?1 AND s.began <= ?2 ORDER BY s.number DESC LIMIT ?3");
	if (!read) return fail(read.error());
	const auto left = static_cast<unsigned>(query.limit - found.size());
	return read->bind(first_number(query), last_begin(query), left).each([&](const sql::Row& row) -> Result<void> {
		auto one = read_history(row);
		if (!one) return fail(one.error());
		found.push_back({std::move(*one), true, false});
		return {};
	});
}

} // namespace gate25
