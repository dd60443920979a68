// SPDX-License-Identifier: GPL-2.0-or-later
//
// Rows of subscribers and of notices to them.
#include "core/subscriber_key.h"
#include "edge/store/row_reader.h"
#include "edge/store/schema.h"

namespace gate25 {

namespace {

// In the order of notice_columns.
namespace column {
enum : int {
	id, family, address, length, made, ended, due, decision, tries, kind, state, channel, recipient, code, problem
};
} // namespace column

constexpr std::int64_t most_tries = UINT32_MAX;

} // namespace

// The key follows from the name, so a name that was damaged is found out.
Result<Subscriber> RowReader::subscriber(const sql::Row& row) const {
	Subscriber read{std::string(row.text(1)), std::string(row.text(2)), std::string(row.text(3))};
	const bool is_whole = parse_subscriber_id(read.id).has_value() &&
	                      subscriber_key(read.id) == subscriber_key_of(static_cast<std::uint64_t>(row.integer(0)));
	if (!is_whole) return damaged(row, "name");
	return read;
}

Result<Notice> RowReader::notice(const sql::Row& row) const {
	Notice read;
	read.id = static_cast<std::uint64_t>(row.integer(column::id));
	auto subject = prefix(row, column::family);
	if (!subject) return fail(subject.error());
	read.subject = *subject;
	auto made = time(row, column::made);
	if (!made) return fail(made.error());
	read.made = *made;
	auto ended = optional_time(row, column::ended);
	if (!ended) return fail(ended.error());
	read.ended = *ended;
	auto due = time(row, column::due);
	if (!due) return fail(due.error());
	read.due = *due;
	auto kind = parse_notice_kind(row.text(column::kind));
	if (!kind) return damaged(row, "kind");
	read.kind = *kind;
	auto state = parse_notice_state(row.text(column::state));
	if (!state) return damaged(row, "state");
	read.state = *state;
	const std::int64_t tries = row.integer(column::tries);
	if (tries < 0 || tries > most_tries) return damaged(row, "number of tries");
	read.tries = static_cast<unsigned>(tries);
	read.decision = static_cast<std::uint64_t>(row.integer(column::decision));
	read.channel = row.text(column::channel);
	read.to = row.text(column::recipient);
	read.code = row.text(column::code);
	read.problem = row.text(column::problem);
	return read;
}

} // namespace gate25
