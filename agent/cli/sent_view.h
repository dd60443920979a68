// SPDX-License-Identifier: GPL-2.0-or-later
//
// What became of reports that were sent, for a person or a program. A stream of any length is shown piece by piece;
// with --json it is one object, with "error" when the sending had to stop.
#pragma once

#include "cli/call.h"
#include "cli/table.h"
#include "core/judge.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace gate25::cli {

class SentView {
public:
	explicit SentView(const Call& call);
	// As the agent answered it.
	void add(const std::string& file, std::uint64_t line, const boost::json::object& report);
	// What is not worth asking the agent.
	void refuse(const std::string& file, std::uint64_t line, const std::string& why);
	void pass_over(std::uint64_t events) { passed_over_ += events; }
	// The exit status: 1 when something was refused. With --json an error stands beside the reports.
	int end(const std::optional<Failure>& failure = std::nullopt);
	int stop(const Failure& failure, const std::string& file, std::uint64_t line);

private:
	void add_row(const std::string& file, std::uint64_t line, const boost::json::object& report);
	void print_rows();
	void print_sum() const;
	std::uint64_t count(Outcome outcome) const { return counts_[static_cast<std::size_t>(outcome)]; }

	const Call& call_;
	std::optional<Table> table_;
	std::size_t rows_ = 0;
	std::uint64_t total_ = 0;
	std::array<std::uint64_t, all_outcomes.size()> counts_{};
	std::uint64_t passed_over_ = 0;
};

} // namespace gate25::cli
