// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/subscriber_key.h"
#include "edge/store/assignment_place.h"

#include <algorithm>

namespace gate25 {

namespace {

// Refreshments come a hundred times as often as anything else, and what they say soon is out of date: so many together,
// sorted, write each page of the table once.
constexpr std::size_t many_refreshments = 20'000;
// The file cannot be written, and memory is no place for them.
constexpr std::size_t most_refreshments = 200'000;

// What ended by the word of a source that is not known: no source has this number.
constexpr std::int64_t no_source = 0;

// No row is older than this, so its number is none below 0.
std::int64_t stored_second(UnixTime time) { return std::max<std::int64_t>(0, unix_seconds(time)); }

std::int64_t stored_hash(const std::string& name) {
	return static_cast<std::int64_t>(subscriber_bits(subscriber_key(name)));
}

} // namespace

Result<void> AssignmentTables::check(Rows rows) const {
	for (const AssignmentRow& row : rows) {
		const Assignment& one = row.assignment;
		if (one.subscriber.empty() || one.subscriber.size() > longest_subscriber_id)
			return fail(ErrorKind::bad_input, one.prefix.text() + " is held by a name of " + std::to_string(one.subscriber.size()) +
			            " bytes; expected 1 to " + std::to_string(longest_subscriber_id));
		if (row.has_ended && !one.until) return fail(ErrorKind::bad_input, one.prefix.text() + " ended, but it is not said when");
		if (one.source >= by_rank_.size() && one.source != unknown_source)
			return fail(ErrorKind::bad_input, "there is no source with rank " + std::to_string(one.source) + "; the configuration has " +
			            std::to_string(by_rank_.size()));
	}
	return {};
}

Result<void> AssignmentTables::write(std::span<const Rows> parts) {
	if (refreshed_.size() >= many_refreshments) {
		auto flushed = flush();
		if (!flushed && refreshed_.size() >= most_refreshments) return flushed;
	}
	const auto is_change = [](const AssignmentRow& row) { return !row.is_refreshed; };
	const bool has_changes = std::ranges::any_of(parts, [&](Rows rows) { return std::ranges::any_of(rows, is_change); });
	return on_file([&] { return has_changes ? write_durably(parts) : write_all(parts); });
}

Result<void> AssignmentTables::write_durably(std::span<const Rows> parts) {
	is_outline_stale_ = true; // if it is rolled back
	{
		auto transaction = sql::Transaction::begin(*database_);
		if (!transaction) return fail(transaction.error());
		if (auto written = write_all(parts); !written) return written;
		if (auto committed = transaction->commit(); !committed) return committed;
	}
	is_outline_stale_ = false;
	// What was written into a file that has no name any more is lost.
	return check_place(true);
}

Result<void> AssignmentTables::write_all(std::span<const Rows> parts) {
	for (const Rows rows : parts)
		for (const AssignmentRow& row : rows)
			if (auto written = write_row(row); !written) return written;
	return {};
}

Result<void> AssignmentTables::write_row(const AssignmentRow& row) {
	const Assignment& one = row.assignment;
	const auto source = source_of(one, !row.has_ended && !row.is_refreshed);
	if (!source) return fail(source.error());
	if (row.is_refreshed) {
		if (*source) refreshed_.push_back({one.prefix, one.ports, **source, one.from, one.seen, one.until});
		return {};
	}
	const Place place(one.prefix, one.ports, source->value_or(no_source));
	return row.has_ended ? write_end(one, place) : write_begin(one, place);
}

// A begin that is known already is written again as it is now, so whoever is not sure may say it twice.
Result<void> AssignmentTables::write_begin(const Assignment& one, const Place& place) {
	const auto name = number_of_name(one.subscriber);
	if (!name) return fail(name.error());
	const std::int64_t began = unix_seconds(one.from);
	const auto known = find_standing(place);
	if (!known) return fail(known.error());
	if (*known && ((*known)->subscriber != *name || (*known)->began != began))
		if (auto ended = supersede(place, **known, began); !ended) return ended;
	if (auto noted = note_shape(place); !noted) return noted;
	return statements_->put_standing.bind(place.prefix.family(), place.prefix.address(), place.prefix.length(), place.source, place.ports,
	                                      *name, began, unix_seconds(one.seen), unix_seconds(one.until), one.session,
	                                      static_cast<std::int64_t>(one.server)).run();
}

// Whatever stands, this was, so it is history, also when its begin could not be written.
Result<void> AssignmentTables::write_end(const Assignment& one, const Place& place) {
	const std::int64_t began = unix_seconds(one.from);
	const auto known = find_standing(place);
	if (!known) return fail(known.error());
	const auto name = number_of_end(one, *known);
	if (!name) return fail(name.error());
	if (*known) {
		Result<void> ended;
		if ((*known)->subscriber == *name && (*known)->began == began)
			ended = statements_->end_standing.bind(place.prefix.family(), place.prefix.address(), place.prefix.length(), place.source, place.ports).run();
		else if ((*known)->began <= began) ended = supersede(place, **known, began);
		if (!ended) return ended;
	}
	if (auto noted = note_shape(place); !noted) return noted;
	return add_history(place, *name, began, stored_second(*one.until));
}

Result<void> AssignmentTables::supersede(const Place& place, const Standing& known, std::int64_t at) {
	auto ended = statements_->end_standing.bind(place.prefix.family(), place.prefix.address(), place.prefix.length(), place.source, place.ports).run();
	if (!ended) return ended;
	return add_history(place, known.subscriber, known.began, std::max<std::int64_t>({0, known.began, at}));
}

Result<void> AssignmentTables::flush() {
	if (refreshed_.empty()) return {};
	std::ranges::stable_sort(refreshed_, {}, &Refreshment::prefix);
	return on_file([this]() -> Result<void> {
		auto transaction = sql::Transaction::begin(*database_);
		if (!transaction) return fail(transaction.error());
		if (auto flushed = flush_all(); !flushed) return flushed;
		if (auto committed = transaction->commit(); !committed) return committed;
		refreshed_.clear();
		return {};
	});
}

Result<void> AssignmentTables::flush_all() {
	for (const Refreshment& one : refreshed_) {
		const Place place(one.prefix, one.ports, one.source);
		auto done = statements_->refresh.bind(place.prefix.family(), place.prefix.address(), place.prefix.length(), place.source, place.ports,
		                                      unix_seconds(one.from), unix_seconds(one.seen), unix_seconds(one.until)).run();
		if (!done) return done;
	}
	return {};
}

Result<std::optional<AssignmentTables::Standing>> AssignmentTables::find_standing(const Place& place) {
	std::optional<Standing> found;
	auto done = statements_->find_standing.bind(place.prefix.family(), place.prefix.address(), place.prefix.length(), place.source, place.ports)
		.each([&](const sql::Row& row) -> Result<void> {
			found = Standing{row.integer(0), row.integer(1), static_cast<SessionHash>(row.integer(2))};
			return {};
		});
	if (!done) return fail(done.error());
	return found;
}

Result<void> AssignmentTables::add_history(const Place& place, std::int64_t subscriber, std::int64_t began, std::int64_t ended) {
	const auto number = next_number(ended);
	if (!number) return fail(number.error());
	const std::int64_t day = second_of(*number) / seconds_of_day;
	days_.insert(day);
	return statements_->add_history.bind(*number, day, place.prefix.family(), place.prefix.address(), place.prefix.length(), place.source,
	                                     place.ports, subscriber, began).run();
}

// A million may end in one second; the next one then has ended in the next.
Result<std::int64_t> AssignmentTables::next_number(std::int64_t second) {
	for (;; ++second) {
		if (second != last_second_) {
			const auto last = statements_->last_number.bind(first_number_of(second), first_number_of(second + 1)).first_integer();
			if (!last) return fail(last.error());
			last_second_ = second;
			last_number_ = last->value_or(first_number_of(second) - 1);
		}
		if (++last_number_ < first_number_of(second + 1)) return last_number_;
	}
}

Result<std::optional<std::int64_t>> AssignmentTables::find_name(const std::string& name) {
	return statements_->find_name.bind(stored_hash(name), name).first_integer();
}

Result<std::int64_t> AssignmentTables::number_of_name(const std::string& name) {
	std::optional<std::int64_t> number;
	if (const auto known = names_.find(name); known != names_.end()) number = known->second;
	if (!number) {
		const auto found = find_name(name);
		if (!found) return fail(found.error());
		number = *found;
	}
	if (!number) {
		if (auto added = statements_->add_name.bind(stored_hash(name), name).run(); !added) return fail(added.error());
		number = database_->last_number();
	}
	if (name_search_ && static_cast<std::size_t>(*number) < name_search_->used.size())
		name_search_->used[static_cast<std::size_t>(*number)] = true;
	return *number;
}

// The same session is the same person's. Whose session ends begins another one soon, often.
Result<std::int64_t> AssignmentTables::number_of_end(const Assignment& one, const std::optional<Standing>& known) {
	const bool is_same = known && one.session != 0 && known->session == one.session && known->began == unix_seconds(one.from);
	if (!is_same) return number_of_name(one.subscriber);
	remember_name(one.subscriber, known->subscriber);
	return known->subscriber;
}

void AssignmentTables::remember_name(const std::string& name, std::int64_t number) {
	constexpr std::size_t most_names = 20'000; // two MB
	if (names_.size() >= most_names) names_.clear();
	names_.emplace(name, number);
}

Result<std::optional<std::int64_t>> AssignmentTables::source_of(const Assignment& one, bool is_begin) {
	if (one.source < by_rank_.size()) {
		auto& number = source_numbers_[one.source];
		if (!number) {
			const auto added = number_of_source(by_rank_[one.source]);
			if (!added) return fail(added.error());
			number = *added;
		}
		return number;
	}
	// Whichever of those it is that are configured no more: they are all that can be meant.
	const Place place(one.prefix, one.ports, 0);
	std::optional<std::int64_t> found;
	auto find = database_->prepare("SELECT source FROM standing WHERE family = ?1 AND address = ?2 AND length = ?3 AND ports = ?4");
	if (!find) return fail(find.error());
	auto done = find->bind(place.prefix.family(), place.prefix.address(), place.prefix.length(), place.ports)
		.each([&](const sql::Row& row) -> Result<void> {
			if (rank_of(row.integer(0)) == unknown_source) found = row.integer(0);
			return {};
		});
	if (!done) return fail(done.error());
	if (!found && is_begin)
		return fail(ErrorKind::bad_input, one.prefix.text() + " was begun by a source that is not in the configuration");
	return found;
}

Result<std::int64_t> AssignmentTables::number_of_source(const std::string& name) {
	auto find = database_->prepare("SELECT number FROM source WHERE name = ?1");
	if (!find) return fail(find.error());
	const auto found = find->bind(name).first_integer();
	if (!found) return fail(found.error());
	if (*found) return **found;
	auto add = database_->prepare("INSERT INTO source (name) VALUES (?1)");
	if (!add) return fail(add.error());
	if (auto added = add->bind(name).run(); !added) return fail(added.error());
	const std::int64_t number = database_->last_number();
	const auto rank = std::ranges::find(by_rank_, name);
	source_ranks_.resize(std::max(source_ranks_.size(), static_cast<std::size_t>(number) + 1), unknown_source);
	if (rank != by_rank_.end()) source_ranks_[static_cast<std::size_t>(number)] = static_cast<SourceRank>(rank - by_rank_.begin());
	return number;
}

Result<void> AssignmentTables::note_shape(const Place& place) {
	const std::size_t shape = place.shape();
	if (shapes_[shape]) return {};
	auto add = database_->prepare("INSERT OR IGNORE INTO shape (number) VALUES (?1)");
	if (!add) return fail(add.error());
	if (auto added = add->bind(static_cast<std::int64_t>(shape)).run(); !added) return added;
	shapes_[shape] = true;
	return {};
}

} // namespace gate25
