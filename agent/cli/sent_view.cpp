// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/sent_view.h"

#include "cli/text.h"
#include "wire/report_answer.h"

#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <ostream>

namespace json = boost::json;

namespace gate25::cli {
namespace {

constexpr std::size_t most_rows = 1000; // in one table; the next begins with its titles again

Color color_of(std::string_view outcome) {
	if (outcome == "refused") return Color::red;
	if (outcome == "decided") return Color::bold;
	return outcome == "aside" || outcome == "waiting" ? Color::yellow : Color::none;
}

std::string address_text(const json::object& report) {
	const auto port = text_at(report, "port");
	return text_at(report, "address") + (port.empty() ? "" : " port " + port);
}

// Who the agent took it from; otherwise who it says that it is from.
std::string who(const json::object& report) {
	const auto taken_for = text_at(report, "taken_for");
	return taken_for.empty() ? text_at(report, "reporter") : taken_for;
}

std::string place(const std::string& file, std::uint64_t line) {
	return fmt::format("{}:{}", clean(std::filesystem::path(file).filename().string()), line);
}

} // namespace

SentView::SentView(const Call& call) : call_(call) {
	if (call_.json) call_.screen.out << R"({"schema":1,"reports":[)";
}

void SentView::add(const std::string& file, std::uint64_t line, const json::object& report) {
	if (call_.json) {
		json::object object{{"file", clean(file)}, {"line", line}};
		for (const auto& member : report) object.emplace(member.key(), member.value());
		call_.screen.out << (total_ > 0 ? "," : "") << clean_json(json::serialize(object));
	} else {
		add_row(file, line, report);
	}
	++total_;
	if (const auto outcome = parse_outcome(text_at(report, "outcome")))
		++counts_[static_cast<std::size_t>(*outcome)];
}

void SentView::refuse(const std::string& file, std::uint64_t line, const std::string& why) {
	Report report;
	report.why = why;
	add(file, line, report_object(report));
}

void SentView::add_row(const std::string& file, std::uint64_t line, const json::object& report) {
	if (!table_)
		table_.emplace(std::vector<Column>{{"OUTCOME"},
		                                   {"KIND", 7},
		                                   {"ADDRESS"},
		                                   {"REPORTER", 5, 12},
		                                   {"QUARANTINE", 2, 0, true},
		                                   {"INBOX", 1, 0, true},
		                                   {"FILE", 6, 12},
		                                   {"STEP", 4, 0, true},
		                                   {"WHY", 3, 16}});
	const auto outcome = text_at(report, "outcome");
	table_->add({Cell(outcome, color_of(outcome)), text_at(report, "kind"), address_text(report), who(report),
	             text_at(report, "quarantine"), text_at(report, "inbox"), place(file, line),
	             text_at(report, "step"), text_at(report, "why")});
	if (++rows_ == most_rows) print_rows();
}

void SentView::print_rows() {
	if (table_) call_.screen.out << table_->text(call_.screen);
	table_.reset();
	rows_ = 0;
}

// "3 reports: 2 decided, 1 aside."
void SentView::print_sum() const {
	auto& out = call_.screen.out;
	if (total_ == 0) out << "No reports.\n";
	if (!call_.screen.out_is_terminal) return;
	std::string text;
	for (const Outcome outcome : all_outcomes)
		if (count(outcome) > 0)
			text +=
			    fmt::format("{} {} {}", text.empty() ? ":" : ",", grouped(count(outcome)), outcome_text(outcome));
	if (total_ > 0) out << fmt::format("{}{}.\n", counted(total_, "report"), text);
	if (passed_over_ > 0) out << fmt::format("No alerts, so passed over: {}.\n", counted(passed_over_, "event"));
	if (count(Outcome::aside) > 0) out << "What is aside is for a person: gate25 inbox\n";
}

int SentView::end(const std::optional<Failure>& failure) {
	if (call_.json) {
		call_.screen.out << fmt::format(R"(],"passed_over":{})", passed_over_);
		if (failure)
			call_.screen.out << R"(,"error":)"
			                 << clean_json(json::serialize(
			                        json::object{{"code", failure->code}, {"message", failure->message}}));
		call_.screen.out << "}\n";
	} else {
		print_rows();
		if (total_ > 0 || !failure) print_sum();
	}
	return count(Outcome::refused) > 0 ? failed : done;
}

int SentView::stop(const Failure& failure, const std::string& file, std::uint64_t line) {
	end(failure);
	if (!call_.json)
		call_.screen.err << fmt::format("gate25: stopped at {}: {}\n", place(file, line), failure.message);
	return failure.exit;
}

} // namespace gate25::cli
