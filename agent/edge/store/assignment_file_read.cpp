// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/assignment_place.h"

#include <algorithm>
#include <tuple>

namespace gate25 {

namespace {

Result<Prefix> read_prefix(sql::Database& database, const sql::Row& row) {
	const std::int64_t family = row.integer(0), length = row.integer(2);
	const auto address = row.blob(1);
	const std::int64_t most = family == 4 ? 32 : 128;
	if ((family != 4 && family != 6) || length < 0 || length > most || address.size() != static_cast<std::size_t>((length + 7) / 8))
		return fail(database.damage("a row has no valid prefix"));
	std::array<std::uint8_t, 16> bytes{};
	std::ranges::copy(address, bytes.begin());
	const auto read = Address::from_bytes(std::span(bytes).first(family == 4 ? 4 : 16));
	// A mapped address would be one of the other family.
	if (address_bits(read.family()) != most) return fail(database.damage("a row has no valid prefix"));
	return Prefix::of(read, static_cast<unsigned>(length));
}

PortRange read_ports(std::int64_t ports) {
	if (ports == 0) return {};
	return {static_cast<std::uint16_t>(ports >> 16U), static_cast<std::uint16_t>(ports)};
}

UnixTime read_time(std::int64_t seconds) {
	return UnixTime(Seconds(std::clamp(seconds, first_stored_second, last_stored_second)));
}

// The columns that both tables share; began is the seventh.
Result<Assignment> read_common(sql::Database& database, const sql::Row& row) {
	auto prefix = read_prefix(database, row);
	if (!prefix) return fail(prefix.error());
	Assignment one;
	one.prefix = *prefix;
	one.ports = read_ports(row.integer(3));
	one.subscriber = row.text(5);
	one.from = read_time(row.integer(6));
	return one;
}

} // namespace

SourceRank AssignmentTables::rank_of(std::int64_t source) const {
	const auto number = static_cast<std::size_t>(source);
	return source >= 0 && number < source_ranks_.size() ? source_ranks_[number] : unknown_source;
}

bool AssignmentTables::has_shape(Family family, unsigned length) const {
	return shapes_[Place::shape(family, length, false)] || shapes_[Place::shape(family, length, true)];
}

Result<Assignment> AssignmentTables::read_standing(sql::Database& database, const sql::Row& row) const {
	auto one = read_common(database, row);
	if (!one) return one;
	one->source = rank_of(row.integer(4));
	one->seen = read_time(row.integer(7));
	if (!row.is_null(8)) one->until = read_time(row.integer(8));
	one->session = static_cast<SessionHash>(row.integer(9));
	one->server = static_cast<ServerHash>(row.integer(10));
	return one;
}

Result<Assignment> AssignmentTables::read_history(const sql::Row& row) const {
	auto one = read_common(*database_, row);
	if (!one) return one;
	one->source = rank_of(row.integer(4));
	one->seen = read_time(second_of(row.integer(7)));
	one->until = one->seen;
	return one;
}

// Damage is looked for before, so that nobody gets half of them and then all again.
Result<void> AssignmentTables::load(const Visit& visit) {
	auto checked = on_file([&]() -> Result<void> {
		for (const char* table : {"standing", "subscriber"})
			if (auto is_whole = database_->check_table(table); !is_whole) return is_whole;
		return {};
	});
	if (!checked) return checked;
	auto read = database_->prepare("SELECT " + std::string(standing_columns) +
	                               " FROM standing s JOIN subscriber n ON n.number = s.subscriber");
	if (!read) return fail(read.error());
	auto loaded = read->each([&](const sql::Row& row) -> Result<void> {
		auto one = read_standing(*database_, row);
		if (!one) return fail(one.error());
		visit(std::move(*one));
		return {};
	});
	database_->give_back_memory();
	return loaded;
}

// --- who held it --------------------------------------------------------------------------------------

Result<std::vector<std::optional<Assignment>>> AssignmentTables::holders(std::span<const HolderQuestion> questions) {
	return on_file([&]() -> Result<std::vector<std::optional<Assignment>>> {
		std::vector<std::optional<Assignment>> answers;
		answers.reserve(questions.size());
		for (const HolderQuestion& question : questions) {
			auto found = holder(question);
			if (!found) return fail(found.error());
			answers.push_back(std::move(*found));
		}
		return answers;
	});
}

Result<std::optional<Assignment>> AssignmentTables::holder(const HolderQuestion& question) {
	const Family family = question.address.family();
	for (unsigned length = address_bits(family) + 1; length-- > 0;) {
		std::vector<Assignment> found;
		if (auto searched = held_at(question, length, found); !searched) return fail(searched.error());
		if (found.empty()) continue;
		// It is shared, and nobody of them may be blamed for the others.
		std::erase_if(found, [&](const Assignment& one) { return question.port ? !one.ports.contains(*question.port) : !one.ports.is_whole(); });
		if (found.empty()) return std::nullopt;
		return std::move(*std::ranges::min_element(found, {}, [](const Assignment& one) {
			return std::tuple(one.ports.is_whole(), one.source, -one.from.time_since_epoch());
		}));
	}
	return std::nullopt;
}

Result<void> AssignmentTables::held_at(const HolderQuestion& question, unsigned length, std::vector<Assignment>& found) {
	const Family family = question.address.family();
	if (!has_shape(family, length)) return {};
	const bool is_shared = shapes_[Place::shape(family, length, true)];
	const StoredPrefix prefix(Prefix::of(question.address, length));
	const std::int64_t at = unix_seconds(question.at);
	// Nobody comes before the first source, unless somebody has just this port.
	const auto is_settled = [&] {
		if (is_shared && question.port) return false;
		return std::ranges::any_of(found, [](const Assignment& one) { return one.source == 0 && one.ports.is_whole(); });
	};
	auto done = statements_->standing_at.bind(prefix.family(), prefix.address(), prefix.length()).each([&](const sql::Row& row) -> Result<void> {
		auto one = read_standing(*database_, row);
		if (!one) return fail(one.error());
		if (one->from <= question.at) found.push_back(std::move(*one));
		return {};
	});
	// It is over after `at`, so on that day or a later one; hardly any session takes many.
	const std::int64_t first = first_number_of(std::max<std::int64_t>(0, at + 1));
	for (auto day = days_.lower_bound(at / seconds_of_day); done && day != days_.end() && !is_settled(); ++day)
		done = statements_->history_at.bind(prefix.family(), prefix.address(), prefix.length(), *day, at, first).each([&](const sql::Row& row) -> Result<void> {
			auto one = read_history(row);
			if (one) found.push_back(std::move(*one));
			return one ? Result<void>() : fail(one.error());
		});
	return done;
}

} // namespace gate25
