// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reports to the agent, each mail by itself and JSON lines some at a time. What they say is not looked at here: the
// agent lets a process without privileges read them.
#pragma once

#include "cli/call.h"
#include "cli/sent_view.h"
#include "wire/report_splitter.h"

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace gate25::cli {

// Tries the control socket first and then the alert socket, once for all: reporters are no operators.
class ReportDesk {
public:
	explicit ReportDesk(const Call& call) : call_(call) {}
	[[nodiscard]] Result<Answer> post(const std::string& target, std::string_view body);

private:
	const Call& call_;
	bool uses_alert_socket_ = false;
};

// A mail for POST /v1/reports: without the line of an mbox, and never to be taken for JSON, which would be the word
// of the user who hands it in and not of whoever wrote the mail.
std::string mail_body(std::string_view mail);

class ReportSender {
public:
	static constexpr std::size_t most_lines = 2000; // of JSON in one request
	static constexpr std::size_t most_bytes = std::size_t{1} << 20U;

	ReportSender(const Call& call, SentView& view, std::string file);
	// A failure: the agent cannot take any more now. line() is where.
	[[nodiscard]] std::optional<Failure> send(std::istream& in);
	// All of it as one report or as JSON lines, since the signature is over every byte.
	[[nodiscard]] std::optional<Failure> send_signed(std::string_view bytes, const std::string& signature);
	std::uint64_t line() const { return line_; }

private:
	void take(const ReportPiece& piece);
	void take_line(const ReportPiece& piece);
	void send_lines();
	void post(std::string_view body, std::uint64_t line, const std::string& signature = {});
	void show(const Answer& answer);

	ReportDesk desk_;
	SentView& view_;
	std::string file_;
	std::uint64_t line_ = 1;           // of the file, on which the request at hand begins
	std::string body_;                 // JSON lines that are still to be sent
	std::vector<std::uint64_t> lines_; // where each stands in the file; empty: the request is one piece of it
	std::optional<Failure> failure_;
};

} // namespace gate25::cli
