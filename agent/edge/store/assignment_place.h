// SPDX-License-Identifier: GPL-2.0-or-later
//
// For the files that make up AssignmentTables: a prefix with its ports as it stands in the columns of a row.
#pragma once

#include "edge/store/assignment_file_tables.h"
#include "edge/store/stored_time.h"

namespace gate25 {

// Of an address only the bytes that its prefix needs: 7 instead of 16 of a /56. They still sort as addresses do.
class StoredPrefix {
public:
	explicit StoredPrefix(const Prefix& prefix) : prefix_(prefix) {}
	int family() const { return prefix_.family() == Family::ipv4 ? 4 : 6; }
	// Valid as long as this object.
	std::span<const std::uint8_t> address() const { return prefix_.address().bytes().first((prefix_.length() + 7) / 8); }
	unsigned length() const { return prefix_.length(); }

private:
	Prefix prefix_;
};

inline std::int64_t stored_ports(const PortRange& ports) {
	return ports.is_whole() ? 0 : static_cast<std::int64_t>(ports.first) << 16U | ports.last;
}

struct AssignmentTables::Place {
	Place(const Prefix& of, const PortRange& range, std::int64_t source_number)
		: prefix(of), ports(stored_ports(range)), source(source_number) {}
	StoredPrefix prefix;
	std::int64_t ports;
	std::int64_t source;

	// Among the prefix lengths in use: of a family, whole and shared apart.
	static std::size_t shape(Family family, unsigned length, bool is_shared) {
		return ((family == Family::ipv4 ? 0U : 1U) * 129U + length) * 2U + (is_shared ? 1U : 0U);
	}
	std::size_t shape() const { return shape(prefix.family() == 4 ? Family::ipv4 : Family::ipv6, prefix.length(), ports != 0); }
};

template <class Operation> auto AssignmentTables::on_file(Operation operation) -> decltype(operation()) {
	if (auto is_ready = ready(); !is_ready) return fail(is_ready.error());
	database_->clear_fault();
	auto result = operation();
	if (result || !database_ || database_->last_fault() != sql::Fault::damaged) return result;
	if (auto replaced = replace(result.error().text); !replaced) return fail(replaced.error());
	return operation();
}

} // namespace gate25
