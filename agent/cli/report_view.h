// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reports as they are read, for a person or a program. A stream of any length is shown piece by piece.
#pragma once

#include "cli/call.h"
#include "cli/table.h"
#include "core/report.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace gate25::cli {

class ReportView {
public:
	explicit ReportView(const Call& call);
	void add(const std::string& file, std::uint64_t line, const Report& report);
	// What was read and is no report: events of an IDS that are no alerts.
	void pass_over(std::uint64_t events) { passed_over_ += events; }
	// The exit status: 1 when something was refused.
	int end();

private:
	std::uint64_t count(ReportOutcome outcome) const { return counts_[static_cast<std::size_t>(outcome)]; }
	std::uint64_t total() const;
	void add_row(const std::string& file, std::uint64_t line, const Report& report);
	void print_rows();
	void print_sum() const;

	const Call& call_;
	std::optional<Table> table_;
	std::size_t rows_ = 0;
	std::array<std::uint64_t, 3> counts_{};
	std::uint64_t passed_over_ = 0;
};

} // namespace gate25::cli
