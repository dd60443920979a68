// SPDX-License-Identifier: GPL-2.0-or-later
//
// A list of assignments that another program of the provider writes: comma-separated values (RFC 4180) in UTF-8 under a
// header, which names the columns in any order:
//
//     prefix,subscriber,ports,from,until
//     203.0.113.7,"anna, upstairs",,2026-11-21T10:00:00Z,
//     198.51.100.1,bert,1024-2047,,
//
// prefix and subscriber are needed, the rest is not. Empty lines and those that begin with "#" say nothing. A field has no line
// break. The header is needed too, so that an empty file is told from a list of nobody.
#pragma once

#include "wire/lease_reader.h"

#include <array>

namespace gate25 {

class AssignmentCsvReader : public LeaseReader {
public:
	void begin() override { has_header_ = is_begun_ = false; }
	[[nodiscard]] Result<std::optional<Lease>> read(std::string_view line) override;

private:
	enum Column : std::uint8_t { prefix, subscriber, ports, from, until, column_count };
	[[nodiscard]] Result<void> read_header(const std::vector<std::string>& titles);
	[[nodiscard]] Result<Lease> read_fields(const std::vector<std::string>& fields) const;

	bool is_begun_ = false;
	bool has_header_ = false;
	std::size_t width_ = 0;
	std::array<std::optional<std::size_t>, column_count> at_{};
};

} // namespace gate25
