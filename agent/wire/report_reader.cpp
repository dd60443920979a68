// SPDX-License-Identifier: GPL-2.0-or-later
//
// Each piece of a stream, read.
#include "wire/report.h"
#include "wire/report_build.h"
#include "wire/report_read.h"
#include "wire/report_splitter.h"

#include <fmt/format.h>

namespace gate25 {
namespace {

Report read_mail_of(const ReportPiece& piece) {
	Report report = read_mail_report(piece.bytes);
	if (piece.hidden == 0 || report.outcome != ReportOutcome::parsed) return report;
	return reports::ended(
	    std::move(report),
	    reports::aside(fmt::format("the mail is never closed, and {} lines in it begin with \"From \": "
	                               "where it ends cannot be told",
	                               piece.hidden)));
}

} // namespace

class ReportReader::Splitter {
public:
	explicit Splitter(Sink sink) : sink_(std::move(sink)) {}
	void feed(std::string_view bytes) { pieces_.feed(bytes); }
	void end() { pieces_.end(); }
	std::uint64_t passed_over() const { return passed_over_; }

private:
	void read(const ReportPiece& piece) {
		if (piece.is_too_long) return sink_(reports::too_long(ReportFormat::unknown), piece.line);
		if (!piece.is_json) return sink_(read_mail_of(piece), piece.line);
		if (const auto report = reports::read_json(piece.bytes))
			sink_(*report, piece.line);
		else
			++passed_over_;
	}

	Sink sink_;
	std::uint64_t passed_over_ = 0;
	ReportSplitter pieces_{[this](const ReportPiece& piece) { read(piece); }};
};

ReportReader::ReportReader(Sink sink) : splitter_(std::make_unique<Splitter>(std::move(sink))) {}
ReportReader::~ReportReader() = default;
void ReportReader::feed(std::string_view bytes) {
	splitter_->feed(bytes);
}
void ReportReader::end() {
	splitter_->end();
}
std::uint64_t ReportReader::passed_over() const {
	return splitter_->passed_over();
}

} // namespace gate25
