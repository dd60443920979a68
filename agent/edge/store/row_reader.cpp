// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/row_reader.h"
#include "core/deadline.h"
#include "edge/store/stored_time.h"

#include <algorithm>

namespace gate25 {

namespace {

constexpr std::int64_t last_boot_ms = last_stored_second * 1000;

} // namespace

tl::unexpected<Error> RowReader::damaged(const sql::Row& row, std::string_view what) const {
	return fail(database_->damage("row " + std::to_string(row.integer(0)) + " has no valid " + std::string(what)));
}

Result<UnixTime> RowReader::time(const sql::Row& row, int column) const {
	const std::int64_t seconds = row.integer(column);
	if (row.is_null(column) || seconds < first_stored_second ||
	    seconds > last_stored_second) return damaged(row, "time");
	return UnixTime(Seconds(seconds));
}

Result<std::optional<UnixTime>> RowReader::optional_time(const sql::Row& row, int column) const {
	if (row.is_null(column)) return std::nullopt;
	auto read = time(row, column);
	if (!read) return fail(read.error());
	return *read;
}

Result<Address> RowReader::address(const sql::Row& row, int family_column) const {
	const std::int64_t family = row.integer(family_column);
	const auto bytes = row.blob(family_column + 1);
	if (!(family == 4 && bytes.size() == 4) && !(family == 6 && bytes.size() == 16)) return damaged(row, "address");
	return Address::from_bytes(bytes);
}

Result<Prefix> RowReader::prefix(const sql::Row& row, int family_column) const {
	auto read = address(row, family_column);
	if (!read) return fail(read.error());
	const std::int64_t length = row.integer(family_column + 2);
	if (length < 0 || length > address_bits(read->family())) return damaged(row, "prefix length");
	return Prefix::of(*read, static_cast<unsigned>(length));
}

Result<Begin> RowReader::begin(const sql::Row& row) const {
	auto prefix_read = prefix(row, 1);
	if (!prefix_read) return fail(prefix_read.error());
	auto from = time(row, 4);
	if (!from) return fail(from.error());
	return Begin{*prefix_read, *from};
}

Result<std::optional<Deadline>> RowReader::until(const sql::Row& row, UnixTime from) const {
	if (row.is_null(6)) return std::nullopt;
	auto wall = time(row, 6);
	if (!wall) return fail(wall.error());
	const std::int64_t boot_ms = row.integer(7);
	if (boot_ms < -last_boot_ms || boot_ms > last_boot_ms) return damaged(row, "deadline");
	// Of what is over, people want to read what was written.
	if (has_ended(row)) return Deadline{*wall, Milliseconds(boot_ms)};
	const bool is_same_boot = std::ranges::equal(row.blob(8), boot_);
	return restored_deadline({*wall, Milliseconds(boot_ms)}, is_same_boot, from, now_);
}

// The first nine columns, which quarantines and exemptions share.
template <class Decision> Result<void> RowReader::read_common(const sql::Row& row, Decision& decision) const {
	auto begun = begin(row);
	if (!begun) return fail(begun.error());
	auto ended = optional_time(row, 5);
	if (!ended) return fail(ended.error());
	auto until_read = until(row, begun->from);
	if (!until_read) return fail(until_read.error());
	decision.id = static_cast<std::uint64_t>(row.integer(0));
	decision.prefix = begun->prefix;
	decision.from = begun->from;
	decision.ended = *ended;
	decision.until = *until_read;
	return {};
}

Result<Quarantine> RowReader::quarantine(const sql::Row& row) const {
	Quarantine quarantine;
	auto common = read_common(row, quarantine);
	if (!common) return fail(common.error());
	auto level = parse_level(row.text(9));
	if (!level) return damaged(row, "level");
	quarantine.level = *level;
	quarantine.reason = row.text(10);
	quarantine.by = row.text(11);
	quarantine.ticket = row.text(12);
	quarantine.ended_by = row.text(13);
	quarantine.ended_reason = row.text(14);
	quarantine.is_monitored = is_monitored(row);
	return quarantine;
}

Result<std::optional<UnixTime>> RowReader::release(const sql::Row& row) const {
	if (!has_ended(row) || row.text(13) == "expired") return std::nullopt;
	return optional_time(row, 5);
}

Result<Exemption> RowReader::exemption(const sql::Row& row) const {
	Exemption exemption;
	auto common = read_common(row, exemption);
	if (!common) return fail(common.error());
	exemption.reason = row.text(9);
	exemption.owner = row.text(10);
	exemption.by = row.text(11);
	exemption.ended_by = row.text(12);
	exemption.ended_reason = row.text(13);
	return exemption;
}

Result<AuditRow> RowReader::audit(const sql::Row& row) const {
	auto at = time(row, 1);
	if (!at) return fail(at.error());
	return AuditRow{static_cast<std::uint64_t>(row.integer(0)),
	                *at,
	                std::string(row.text(6)),
	                std::string(row.text(7)),
	                std::string(row.text(8)),
	                std::string(row.text(9)),
	                static_cast<std::uint64_t>(row.integer(2))};
}

} // namespace gate25
