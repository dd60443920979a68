// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report_sender.h"

#include "wire/report.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <istream>

namespace gate25::cli {
namespace {

bool is_denied(const Result<Answer>& answer) {
	return answer ? answer->status == 403 : answer.error().kind == ErrorKind::denied;
}

// The agent has seen this one and will never take it; the next one may be good.
bool is_final(const Answer& answer) {
	return answer.status == 400 || answer.status == 413;
}

} // namespace

Result<Answer> ReportDesk::post(const std::string& target, std::string_view body) {
	if (uses_alert_socket_) return call_.alert_api->call("POST", target, body);
	auto answer = call_.api.call("POST", target, body);
	if (!is_denied(answer) || call_.alert_api == nullptr) return answer;
	uses_alert_socket_ = true;
	return call_.alert_api->call("POST", target, body);
}

std::string mail_body(std::string_view mail) {
	constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
	mail = without_from_line(mail);
	auto text = mail;
	if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
	const auto first = text.find_first_not_of(" \t\r\n");
	const bool is_like_json = first != text.npos && (text[first] == '{' || text[first] == '[');
	return std::string(is_like_json ? "X-Gate25: handed in as a mail\n" : "").append(mail);
}

ReportSender::ReportSender(const Call& call, SentView& view, std::string file)
    : desk_(call), view_(view), file_(std::move(file)) {}

std::optional<Failure> ReportSender::send(std::istream& in) {
	ReportSplitter splitter([this](const ReportPiece& piece) { take(piece); });
	std::array<char, 65536> bytes{};
	while (in && !failure_) {
		in.read(bytes.data(), bytes.size());
		splitter.feed({bytes.data(), static_cast<std::size_t>(in.gcount())});
	}
	if (!failure_) splitter.end();
	if (!failure_) send_lines();
	return failure_;
}

std::optional<Failure> ReportSender::send_signed(std::string_view bytes, const std::string& signature) {
	post(bytes, 1, signature);
	return failure_;
}

void ReportSender::take(const ReportPiece& piece) {
	if (failure_) return;
	if (piece.is_line) return take_line(piece);
	send_lines(); // in their order
	if (failure_) return;
	line_ = piece.line;
	if (piece.is_too_long)
		return view_.refuse(file_, piece.line, fmt::format("not sent: it is longer than {} bytes", largest_report));
	if (piece.hidden > 0)
		return view_.refuse(
		    file_, piece.line,
		    fmt::format("not sent: the mail is never closed, and {} lines in it begin with \"From \": "
		                "where it ends cannot be told; look at it, and send what is one mail with --mta",
		                piece.hidden));
	if (piece.is_json) return post(piece.bytes, piece.line);
	post(mail_body(piece.bytes), piece.line);
}

void ReportSender::take_line(const ReportPiece& piece) {
	if (lines_.size() >= most_lines || body_.size() + piece.bytes.size() > most_bytes) send_lines();
	body_ += piece.bytes;
	if (!body_.ends_with('\n')) body_ += '\n';
	lines_.push_back(piece.line);
}

void ReportSender::send_lines() {
	if (lines_.empty() || failure_) return;
	post(body_, lines_.front());
	body_.clear();
	lines_.clear();
}

void ReportSender::post(std::string_view body, std::uint64_t line, const std::string& signature) {
	line_ = line;
	Target target("/v1/reports");
	if (!signature.empty()) target.query("signature", signature);
	const auto answer = desk_.post(target.text(), body);
	if (!answer) {
		failure_ = failure_of(answer.error());
	} else if (const auto failure = failure_of(*answer); !failure) {
		show(*answer);
	} else if (is_final(*answer)) {
		view_.refuse(file_, line_, failure->message);
	} else {
		failure_ = failure;
	}
}

void ReportSender::show(const Answer& answer) {
	const auto body = read_body(answer.body);
	if (!body) {
		failure_ = failure_of(body.error());
		return;
	}
	for (const auto& value : array_at(*body, "reports")) {
		const auto& report = as_object(value);
		const auto at =
		    static_cast<std::uint64_t>(std::max<std::int64_t>(number_at(report, "line").value_or(1), 1)) - 1;
		view_.add(file_, at < lines_.size() ? lines_[at] : line_ + at, report);
	}
	const auto passed_over = number_at(*body, "passed_over").value_or(0);
	view_.pass_over(static_cast<std::uint64_t>(std::max<std::int64_t>(passed_over, 0)));
}

} // namespace gate25::cli
