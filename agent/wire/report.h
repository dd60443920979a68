// SPDX-License-Identifier: GPL-2.0-or-later
//
// Abuse reports as they come: ARF (RFC 5965), XARF 3 and 4, Suricata EVE, and alerts of our own API. The format is
// recognised by content. gate25-reports(7) numbers the rules. Nothing here trusts a report or acts on it.
//
// Whatever comes in, a report costs less than a second and 64 MiB: sizes are limited before work, and there is no
// recursion that the input can steer.
#pragma once

#include "core/report.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace gate25 {

// Longer reports are refused; what exceeds it is dropped as it streams by.
// Postfix takes mails of 10,240,000 bytes unless it is told otherwise.
inline constexpr std::size_t largest_report = std::size_t{10} << 20U;

// One mail as it was delivered, with or without the "From " line of an mbox. It is never split: the body of a mail
// may hold what looks like the next mail of an mbox, forged headers and all.
Report read_mail_report(std::string_view mail);

// The part of a mail that a signature covers, its header first. What the rest of the mail says does not count.
Report read_signed_report(std::string_view content);

// One JSON object: XARF, EVE or native.
Report read_json_report(std::string_view json);

// A file or a stream of any length: one mail, an mbox, one JSON object, or many (NDJSON). One report is held at
// a time.
class ReportReader {
public:
	// With the line, from 1, on which the report begins.
	using Sink = std::function<void(const Report&, std::uint64_t line)>;
	explicit ReportReader(Sink sink);
	~ReportReader();
	ReportReader(const ReportReader&) = delete;
	ReportReader& operator=(const ReportReader&) = delete;

	void feed(std::string_view bytes); // pieces of any size
	void end();
	// EVE events that are no alerts (flows, statistics): an eve.json is full of them.
	std::uint64_t passed_over() const;

private:
	class Splitter;
	std::unique_ptr<Splitter> splitter_;
};

} // namespace gate25
