// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report_view.h"

#include "cli/text.h"
#include "cli/when.h"
#include "wire/report_answer.h"

#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

constexpr std::size_t most_rows = 1000; // in one table; the next begins with its titles again

Color color_of(ReportOutcome outcome) {
	if (outcome == ReportOutcome::refused) return Color::red;
	return outcome == ReportOutcome::aside ? Color::yellow : Color::none;
}

std::string address_text(const Report& report) {
	if (!report.address) return "";
	return report.port ? fmt::format("{} port {}", report.address->text(), *report.port) : report.address->text();
}

} // namespace

ReportView::ReportView(const Call& call) : call_(call) {
	if (call_.json) call_.screen.out << R"({"schema":1,"reports":[)";
}

std::uint64_t ReportView::total() const {
	std::uint64_t sum = 0;
	for (const auto number : counts_) sum += number;
	return sum;
}

void ReportView::add(const std::string& file, std::uint64_t line, const Report& report) {
	if (call_.json) {
		boost::json::object object{{"file", clean(file)}, {"line", line}};
		for (auto& member : report_object(report)) object[member.key()] = member.value();
		call_.screen.out << (total() > 0 ? "," : "") << clean_json(boost::json::serialize(object));
	} else {
		add_row(file, line, report);
	}
	++counts_[static_cast<std::size_t>(report.outcome)];
}

void ReportView::add_row(const std::string& file, std::uint64_t line, const Report& report) {
	if (!table_)
		table_.emplace(std::vector<Column>{{"OUTCOME"},
		                                   {"FORMAT"},
		                                   {"KIND"},
		                                   {"ADDRESS"},
		                                   {"WHEN", 4},
		                                   {"REPORTER", 3, 12},
		                                   {"FILE", 2, 12},
		                                   {"WHY", 1, 16}});
	const auto& why = report.why.empty() ? report.evidence : report.why;
	table_->add({Cell(std::string(outcome_text(report.outcome)), color_of(report.outcome)),
	             std::string(format_text(report.format)), std::string(kind_text(report.kind)), address_text(report),
	             report.at ? moment(time_text(*report.at)) : "", clean(report.reporter),
	             fmt::format("{}:{}", clean(std::filesystem::path(file).filename().string()), line), clean(why)});
	if (++rows_ == most_rows) print_rows();
}

void ReportView::print_rows() {
	if (table_) call_.screen.out << table_->text(call_.screen);
	table_.reset();
	rows_ = 0;
}

void ReportView::print_sum() const {
	if (total() == 0)
		call_.screen.out << "No reports.\n";
	else if (call_.screen.out_is_terminal)
		call_.screen.out << fmt::format("{}: {} parsed, {} aside, {} refused.\n", counted(total(), "report"),
		                                grouped(count(ReportOutcome::parsed)), grouped(count(ReportOutcome::aside)),
		                                grouped(count(ReportOutcome::refused)));
	if (passed_over_ > 0 && call_.screen.out_is_terminal)
		call_.screen.out << fmt::format("No alerts, so passed over: {}.\n", counted(passed_over_, "event"));
}

int ReportView::end() {
	if (call_.json)
		call_.screen.out << fmt::format(R"(],"passed_over":{}}})", passed_over_) << '\n';
	else {
		print_rows();
		print_sum();
	}
	return count(ReportOutcome::refused) > 0 ? failed : done;
}

} // namespace gate25::cli
