// SPDX-License-Identifier: GPL-2.0-or-later
//
// Rows of what was reported. Schema versions 2 and 3 say what NULL stands for.
#include "core/subscriber_key.h"
#include "edge/store/row_reader.h"
#include "edge/store/schema.h"

namespace gate25 {

namespace {

// In the order of alert_columns.
namespace column {
enum : int {
	id, family, address, received, at, port, count, decision, kind, reporter, made_by, outcome, why, flags, step,
	length, weight, proof, proof_why, attributed, signers, format, report_id, key, repeats, evidence,
	subscriber
};
} // namespace column

// In the order of held_columns.
namespace held_column {
enum : int {
	id, received, ended, family, address, step, flags, state, format, why, made_by, signers, key, ended_by,
	ended_reason, size
};
} // namespace held_column

constexpr Points most_weight = 1000 * one_point;

std::vector<std::string> lines_of(std::string_view text) {
	std::vector<std::string> lines;
	while (!text.empty()) {
		const std::size_t end = std::min(text.find('\n'), text.size());
		lines.emplace_back(text.substr(0, end));
		text.remove_prefix(std::min(end + 1, text.size()));
	}
	return lines;
}

void read_flags(std::int64_t flags, Voucher& voucher) {
	voucher.is_desk = (flags & row_flag::desk) != 0;
	voucher.is_named = (flags & row_flag::named) != 0;
	voucher.is_mail = (flags & row_flag::mail) != 0;
}

} // namespace

Result<AlertRow> RowReader::alert(const sql::Row& row) const {
	AlertRow read;
	auto ran = alert(row, read);
	if (!ran) return fail(ran.error());
	return read;
}

Result<void> RowReader::alert(const sql::Row& row, AlertRow& read) const {
	auto from = address(row, column::family);
	if (!from) return fail(from.error());
	auto received = time(row, column::received);
	if (!received) return fail(received.error());
	auto at = optional_time(row, column::at);
	if (!at) return fail(at.error());
	auto kind = parse_kind(row.text(column::kind));
	if (!kind) return damaged(row, "kind");
	read.id = static_cast<std::uint64_t>(row.integer(column::id));
	read.received = *received;
	read.alert.address = *from;
	read.alert.kind = *kind;
	read.alert.reporter = row.text(column::reporter);
	read.alert.at = *at;
	read.alert.port.reset();
	if (!row.is_null(column::port)) read.alert.port = static_cast<std::uint16_t>(row.integer(column::port));
	read.alert.count = static_cast<std::uint32_t>(row.integer(column::count));
	read.alert.id = row.text(column::report_id);
	read.alert.evidence = row.text(column::evidence);
	read.decision = static_cast<std::uint64_t>(row.integer(column::decision));
	read.key = static_cast<std::uint64_t>(row.integer(column::key));
	read.repeats = static_cast<std::uint64_t>(row.integer(column::repeats));
	auto ran = read_voucher(row, read);
	if (ran) ran = read_attribution(row, read);
	if (ran) ran = read_judgement(row, read);
	return ran;
}

Result<void> RowReader::read_voucher(const sql::Row& row, AlertRow& read) const {
	const std::int64_t flags = row.integer(column::flags);
	if (flags < 0 || flags > row_flag::all) return damaged(row, "flags");
	read.alert.is_weak = (flags & row_flag::weak) != 0;
	read_flags(flags, read.voucher);
	read.voucher.user = row.text(column::made_by);
	read.voucher.signers = lines_of(row.text(column::signers));
	read.alert.format = ReportFormat::json;
	if (row.is_null(column::format)) return {};
	auto format = parse_format(row.text(column::format));
	if (!format) return damaged(row, "format");
	read.alert.format = *format;
	return {};
}

Result<void> RowReader::read_attribution(const sql::Row& row, AlertRow& read) const {
	const std::int64_t length = row.is_null(column::length) ? usual_length(read.alert.address.family())
	                                                        : row.integer(column::length);
	if (length < 0 || length > address_bits(read.alert.address.family())) return damaged(row, "prefix length");
	read.subscriber = row.is_null(column::subscriber)
	                      ? Prefix::of(read.alert.address, static_cast<unsigned>(length))
	                      : subscriber_key_of(static_cast<std::uint64_t>(row.integer(column::subscriber)));
	Attribution& reporter = read.reporter;
	reporter.weight = row.is_null(column::weight) ? one_point : row.integer(column::weight);
	if (reporter.weight < 0 || reporter.weight > most_weight) return damaged(row, "weight");
	reporter.proof = Proof::user;
	if (!row.is_null(column::proof)) {
		auto proof = parse_proof(row.text(column::proof));
		if (!proof) return damaged(row, "proof");
		reporter.proof = *proof;
	}
	reporter.name = row.text(row.is_null(column::attributed) ? column::reporter : column::attributed);
	if (!row.is_null(column::proof_why)) reporter.why = row.text(column::proof_why);
	else reporter.why.assign(usual_why(reporter.proof == Proof::desk)).append(row.text(column::made_by));
	return {};
}

Result<void> RowReader::read_judgement(const sql::Row& row, AlertRow& read) const {
	auto outcome = parse_outcome(row.text(column::outcome));
	if (!outcome) return damaged(row, "outcome");
	read.outcome = *outcome;
	read.why = row.text(column::why);
	const std::int64_t step = row.integer(column::step);
	if (step < 0 || step > last_judge_step) return damaged(row, "step");
	read.step = static_cast<unsigned>(step);
	if (row.is_null(column::flags)) { // of version 1: the score begins with history
		read.is_tallied = is_accusation(read.alert.kind) &&
		                  (read.outcome == Outcome::decided || read.outcome == Outcome::recorded);
		read.is_incident = false;
		if (read.reporter.name.empty()) read.reporter.name = read.voucher.user;
		return {};
	}
	read.is_tallied = (row.integer(column::flags) & row_flag::tallied) != 0;
	read.is_incident = (row.integer(column::flags) & row_flag::incident) != 0;
	return {};
}

Result<HeldReport> RowReader::held(const sql::Row& row) const {
	HeldReport read;
	read.id = static_cast<std::uint64_t>(row.integer(held_column::id));
	auto received = time(row, held_column::received);
	if (!received) return fail(received.error());
	read.received = *received;
	auto ended = optional_time(row, held_column::ended);
	if (!ended) return fail(ended.error());
	read.ended = *ended;
	if (!row.is_null(held_column::family)) {
		auto from = address(row, held_column::family);
		if (!from) return fail(from.error());
		read.address = *from;
	}
	const std::int64_t step = row.integer(held_column::step);
	if (step < 0 || step > last_judge_step) return damaged(row, "step");
	read.step = static_cast<unsigned>(step);
	auto state = parse_held(row.text(held_column::state));
	if (!state) return damaged(row, "state");
	read.state = *state;
	auto format = parse_format(row.text(held_column::format));
	if (!format) return damaged(row, "format");
	read.format = *format;
	read_flags(row.integer(held_column::flags), read.voucher);
	read.voucher.user = row.text(held_column::made_by);
	read.voucher.signers = lines_of(row.text(held_column::signers));
	read.why = row.text(held_column::why);
	read.key = row.text(held_column::key);
	read.ended_by = row.text(held_column::ended_by);
	read.ended_reason = row.text(held_column::ended_reason);
	read.size = static_cast<std::uint64_t>(row.integer(held_column::size));
	return read;
}

Result<StoredKey> RowReader::key(const sql::Row& row) const {
	auto fetched = time(row, 1);
	if (!fetched) return fail(fetched.error());
	return StoredKey{std::string(row.text(0)), *fetched, row.bytes(2)};
}

Result<std::pair<Prefix, Tally>> RowReader::tally(const sql::Row& row) const {
	auto subscriber = prefix(row, 0);
	if (!subscriber) return fail(subscriber.error());
	std::pair<Prefix, Tally> read{*subscriber, {}};
	for (std::size_t i = 0; i < read.second.sums.size(); ++i) {
		read.second.sums[i] = row.integer(3 + static_cast<int>(i));
		if (read.second.sums[i] < 0) return damaged(row, "sum");
	}
	return read;
}

} // namespace gate25
