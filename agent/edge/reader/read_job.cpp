// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/reader/read_job.h"

#include "wire/signed_mail.h"

#include <limits>

namespace gate25 {
namespace {

// The answer; nullopt: the conversation is over. The text is read as it comes and never held twice.
std::optional<std::string> read_text(Conversation& agent, std::size_t size) {
	ReportCollector collector;
	std::string beginning;
	bool is_begun = false;
	while (size > 0) {
		const std::string_view piece = agent.piece(size);
		if (piece.empty()) return std::nullopt;
		size -= piece.size();
		if (is_begun) {
			collector.feed(piece);
			continue;
		}
		const bool is_first = beginning.empty();
		if (!is_first || size > 0) beginning += piece;
		const std::string_view begun = beginning.empty() ? piece : std::string_view(beginning);
		const auto is_signed = is_signed_mail(begun, size == 0);
		if (!is_signed) continue;
		if (*is_signed) return agent.skip(size) ? std::optional(spell_signed()) : std::nullopt;
		is_begun = true;
		collector.feed(begun);
		beginning = std::string();
	}
	const auto reading = collector.end();
	return reading ? spell_reading(*reading) : spell_failed(too_many_reports);
}

} // namespace

ReportCollector::ReportCollector()
    : reader_([this](const Report& report, std::uint64_t line) {
	      constexpr std::uint64_t last_line = std::numeric_limits<std::uint32_t>::max();
	      if (reading_.reports.size() == most_reports) is_too_many_ = true;
	      if (is_too_many_) return;
	      reading_.reports.push_back({report, {}, static_cast<std::uint32_t>(std::min(line, last_line))});
      }) {}

std::optional<Reading> ReportCollector::end() {
	reader_.end();
	if (is_too_many_) return std::nullopt;
	reading_.passed_over = reader_.passed_over();
	return std::move(reading_);
}

void warm_up() {
	ReportCollector collector;
	collector.feed("Date: Sat, 21 Nov 2026 10:00:00 +0100\nContent-Type: multipart/signed; boundary=b; "
	               "name*=iso-8859-1''x%e9; protocol=\"application/pgp-signature\"\n\n--b\n"
	               "Content-Type: message/feedback-report\nContent-Transfer-Encoding: base64\n\n"
	               "RmVlZGJhY2stVHlwZTogYWJ1c2UKU291cmNlLUlQOiAxOTIuMC4yLjEKQXJyaXZhbC1EYXRlOiBTYXQs\n--b--\n");
	(void)collector.end();
}

void serve_jobs(Conversation& agent) {
	while (const auto job = agent.next_job()) {
		const auto answer = read_text(agent, job->sizes.front());
		if (!answer) return;
		for (std::size_t i = 1; i < job->sizes.size(); ++i)
			if (!agent.skip(job->sizes[i])) return;
		agent.answer(job->number, *answer);
	}
	agent.flush();
}

} // namespace gate25
