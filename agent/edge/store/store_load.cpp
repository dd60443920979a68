// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the agent is told at its start: one row after the other, so that a million need little memory.
#include "edge/store/row_reader.h"
#include "edge/store/schema.h"
#include "edge/store/store_file.h"

#include <unordered_map>

namespace gate25 {

Result<StoredState> StoreFile::load(const Now& now, const StoreVisitor& visitor, BeginIndex& begins) {
	loaded_at_ = now;
	loaded_when_ = std::chrono::steady_clock::now();
	StoredState state;
	// Damage in what is not read here would show itself as a commit that fails, days later.
	auto ran = database_->check_whole();
	if (ran) ran = load_quarantines(visitor, begins);
	if (ran) ran = load_exemptions(state.exemptions);
	if (ran) ran = load_held(state.held);
	if (ran && visitor.tally) ran = load_tallies(visitor);
	if (ran && visitor.alert) ran = load_alerts(visitor);
	if (ran && visitor.subscriber) ran = load_subscribers(visitor);
	if (ran && visitor.notice) ran = load_notices(visitor);
	if (!ran) return fail(ran.error());
	auto number = next_number();
	if (!number) return fail(number.error());
	state.next_id = *number;
	return state;
}

// What ended is passed over, but for the last release of each prefix.
Result<void> StoreFile::load_quarantines(const StoreVisitor& visitor, BeginIndex& begins) {
	const RowReader reader(*database_, boot_, loaded_at_);
	const UnixTime since = loaded_at_.wall - max_report_memory;
	std::unordered_map<Prefix, UnixTime> released;
	auto statement = database_->prepare("SELECT " + std::string(quarantine_columns) + " FROM quarantine");
	if (!statement) return fail(statement.error());
	auto ran = statement->each([&](const sql::Row& row) -> Result<void> {
		auto begin = reader.begin(row);
		if (!begin) return fail(begin.error());
		if (!RowReader::is_monitored(row)) begins.add(begin->prefix, begin->from);
		if (RowReader::has_ended(row)) {
			auto release = reader.release(row);
			if (!release) return fail(release.error());
			if (!*release || **release < since) return {};
			UnixTime& last = released.try_emplace(begin->prefix, **release).first->second;
			last = std::max(last, **release);
			return {};
		}
		if (!visitor.quarantine) return {};
		auto value = reader.quarantine(row);
		if (!value) return fail(value.error());
		visitor.quarantine(std::move(*value));
		return {};
	});
	if (!ran || !visitor.release) return ran;
	for (const auto& [prefix, when] : released) visitor.release(prefix, when);
	return {};
}

Result<void> StoreFile::load_exemptions(std::vector<Exemption>& exemptions) {
	const RowReader reader(*database_, boot_, loaded_at_);
	auto statement =
		database_->prepare("SELECT " + std::string(exemption_columns) + " FROM exemption WHERE ended IS NULL");
	if (!statement) return fail(statement.error());
	return statement->each([&](const sql::Row& row) -> Result<void> {
		auto value = reader.exemption(row);
		if (!value) return fail(value.error());
		exemptions.push_back(std::move(*value));
		return {};
	});
}

Result<void> StoreFile::load_held(std::vector<HeldReport>& held) {
	const RowReader reader(*database_, boot_, loaded_at_);
	auto statement = database_->prepare(
		"SELECT " + std::string(held_columns) + ", (SELECT length(bytes) FROM held_bytes WHERE id = held_report.id)" +
		" FROM held_report WHERE state <> 'closed' ORDER BY id");
	if (!statement) return fail(statement.error());
	return statement->each([&](const sql::Row& row) -> Result<void> {
		auto value = reader.held(row);
		if (!value) return fail(value.error());
		held.push_back(std::move(*value));
		return {};
	});
}

Result<void> StoreFile::load_tallies(const StoreVisitor& visitor) {
	const RowReader reader(*database_, boot_, loaded_at_);
	auto statement = database_->prepare("SELECT " + std::string(tally_columns) +
	                                    " FROM tally ORDER BY family, address, length");
	if (!statement) return fail(statement.error());
	return statement->each([&](const sql::Row& row) -> Result<void> {
		auto value = reader.tally(row);
		if (!value) return fail(value.error());
		visitor.tally(value->first, value->second);
		return {};
	});
}

// The others are in the tallies.
Result<void> StoreFile::load_alerts(const StoreVisitor& visitor) {
	const RowReader reader(*database_, boot_, loaded_at_);
	auto folded = folded_to();
	if (!folded) return fail(folded.error());
	auto statement =
		database_->prepare("SELECT " + std::string(alert_columns) + " FROM alert WHERE id > ?1 ORDER BY id");
	if (!statement) return fail(statement.error());
	AlertRow read;
	return statement->bind(*folded).each([&](const sql::Row& row) -> Result<void> {
		auto ran = reader.alert(row, read);
		if (!ran) return ran;
		visitor.alert(read);
		return {};
	});
}

} // namespace gate25
