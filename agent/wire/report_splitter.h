// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where one report ends and the next begins, with the bytes of each as they came: for who hands them on and need
// not understand them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace gate25 {

struct ReportPiece {
	std::string_view bytes;   // good during the call; empty when it is too long
	std::uint64_t line = 1;   // on which it begins
	bool is_json = false;     // otherwise a mail
	bool is_line = false;     // one whole object on one line: it may stand among others in JSON lines
	bool is_too_long = false; // longer than largest_report
	// A mail of an mbox whose multipart never ends: so many lines in it may begin the next mail. Where it ends
	// cannot be told, so it is for a person.
	std::uint64_t hidden = 0;
};

// A file or a stream of any length: one mail, an mbox, one JSON object, or many (NDJSON). One piece is held at a
// time.
class ReportSplitter {
public:
	using Sink = std::function<void(const ReportPiece& piece)>;
	explicit ReportSplitter(Sink sink);
	~ReportSplitter();
	ReportSplitter(const ReportSplitter&) = delete;
	ReportSplitter& operator=(const ReportSplitter&) = delete;

	void feed(std::string_view bytes); // pieces of any size
	void end();

private:
	class Private;
	std::unique_ptr<Private> private_;
};

// The mail without what an mbox, and a mail server that hands a mail to a program, put before it.
std::string_view without_from_line(std::string_view mail);

} // namespace gate25
