// SPDX-License-Identifier: GPL-2.0-or-later
//
// Subscribers and notices to them, read.
#include "edge/store/row_reader.h"
#include "edge/store/schema.h"
#include "edge/store/store_file.h"

#include <algorithm>
#include <functional>

namespace gate25 {

namespace {

// What is asked for is a condition of its own, so that an index is used; what is not is NULL.
std::string notice_question(const NoticeQuery& query) {
	const auto one = [](bool is_asked, const char* asked, const char* not_asked) { return is_asked ? asked : not_asked; };
	// Word for word, since the index of those that wait has this condition.
	const std::string waiting = " AND state = '" + std::string(notice_state_text(NoticeState::waiting)) + "' AND ?8 IS NOT NULL";
	const std::string state = query.state == NoticeState::waiting ? waiting : query.state ? " AND state = ?8" : " AND ?8 IS NULL";
	return "SELECT " + std::string(notice_columns) +
	       one(query.with_bodies, ", (SELECT body FROM notice_body WHERE notice_body.id = notice.id)", "") + " FROM notice" +
	       one(!query.ids.empty(), " WHERE id = ?2", " WHERE ?2 IS NULL") +
	       one(query.subject.has_value(), " AND family = ?3 AND address = ?4 AND length = ?5",
	           " AND ?3 IS NULL AND ?4 IS NULL AND ?5 IS NULL") +
	       one(query.decision.has_value(), " AND decision <> 0 AND decision = ?6", " AND ?6 IS NULL") +
	       one(!query.code.empty(), " AND code <> '' AND code = ?7", " AND ?7 IS NULL") + state + " ORDER BY id DESC LIMIT ?1";
}

struct SubjectColumns {
	explicit SubjectColumns(const std::optional<Prefix>& subject) {
		if (!subject) return;
		family = family_number(subject->family());
		address = subject->address().bytes();
		length = subject->length();
	}
	std::optional<int> family;
	std::optional<std::span<const std::uint8_t>> address;
	std::optional<unsigned> length;
};

// One question for each number, newest first; a single one without a number when none is asked for.
std::vector<std::optional<std::uint64_t>> numbers_of(const NoticeQuery& query) {
	std::vector<std::optional<std::uint64_t>> numbers(query.ids.begin(), query.ids.end());
	std::ranges::sort(numbers, std::greater<>());
	const auto repeated = std::ranges::unique(numbers);
	numbers.erase(repeated.begin(), repeated.end());
	if (numbers.empty()) numbers.emplace_back();
	return numbers;
}

constexpr int body_column = 15; // behind notice_columns

} // namespace

Result<std::vector<Notice>> StoreFile::notices(const NoticeQuery& query) {
	auto open = ready();
	if (!open) return fail(open.error());
	auto statement = database_->prepare(notice_question(query));
	if (!statement) return fail(statement.error());
	const RowReader reader(*database_, boot_, loaded_at_);
	std::vector<Notice> found;
	const auto take = [&](const sql::Row& row) -> Result<void> {
		auto read = reader.notice(row);
		if (!read) return fail(read.error());
		if (query.with_bodies) read->body = row.text(body_column);
		found.push_back(std::move(*read));
		return {};
	};
	const SubjectColumns subject(query.subject);
	const auto code = query.code.empty() ? std::nullopt : std::optional<std::string_view>(query.code);
	const auto state = query.state ? std::optional(notice_state_text(*query.state)) : std::nullopt;
	for (const auto& number : numbers_of(query)) {
		if (found.size() >= query.limit) break;
		auto ran = statement->bind(query.limit, number, subject.family, subject.address, subject.length, query.decision, code,
		                            state)
		               .each(take);
		if (!ran) return fail(ran.error());
	}
	return found;
}

Result<void> StoreFile::load_subscribers(const StoreVisitor& visitor) {
	const RowReader reader(*database_, boot_, loaded_at_);
	auto statement = database_->prepare("SELECT " + std::string(subscriber_columns) + " FROM subscriber ORDER BY key");
	if (!statement) return fail(statement.error());
	return statement->each([&](const sql::Row& row) -> Result<void> {
		auto value = reader.subscriber(row);
		if (!value) return fail(value.error());
		visitor.subscriber(std::move(*value));
		return {};
	});
}

Result<void> StoreFile::load_notices(const StoreVisitor& visitor) {
	const RowReader reader(*database_, boot_, loaded_at_);
	auto statement = database_->prepare("SELECT " + std::string(notice_columns) +
	                                    " FROM notice WHERE state = 'waiting' ORDER BY id");
	if (!statement) return fail(statement.error());
	return statement->each([&](const sql::Row& row) -> Result<void> {
		auto value = reader.notice(row);
		if (!value) return fail(value.error());
		visitor.notice(std::move(*value));
		return {};
	});
}

} // namespace gate25
