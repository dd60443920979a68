// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/eve_feed.h"

#include "core/text.h"
#include "flow/agent.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace gate25 {

// One chunk of one writer.
struct EveFeed::Work {
	Peer peer;
	Voucher voucher;
	std::deque<std::string> pieces; // alerts, line by line; more than one when a reader died of them
	LinesTaken taken;
	bool is_under_way = false;
	Milliseconds pause{};
	Milliseconds next{}; // of the next try
};

namespace {

constexpr Milliseconds first_pause{200}, longest_pause{10'000}, complain_every{60'000};

enum class LineKind : std::uint8_t { blank, alert, other_event, unreadable };

// Cheap, and never wrong about an alert: its event_type is the string "alert", whatever else stands in the line,
// unless a letter of that is written as \u0061. Whoever reads the line then is exact.
LineKind kind_of(std::string_view line) {
	if (line.empty()) return LineKind::blank;
	if (!line.starts_with('{')) return LineKind::unreadable;
	if (line.find("\"alert\"") != line.npos || line.find("\\u") != line.npos) return LineKind::alert;
	return line.find("\"event_type\"") != line.npos ? LineKind::other_event : LineKind::unreadable;
}

std::string_view trimmed(std::string_view line) {
	constexpr std::string_view blank = " \t\r";
	const auto first = line.find_first_not_of(blank);
	if (first == line.npos) return {};
	return line.substr(first, line.find_last_not_of(blank) - first + 1);
}

std::string_view cut_line(std::string_view& text) {
	const auto newline = std::min(text.find('\n'), text.size());
	const auto line = text.substr(0, newline);
	text.remove_prefix(std::min(newline + 1, text.size()));
	return trimmed(line);
}

bool will_pass(const Error& error) {
	return error.kind == ErrorKind::busy || error.kind == ErrorKind::storage || error.kind == ErrorKind::unavailable;
}

} // namespace

void EveFeed::take(LineChunk chunk, LinesTaken taken) {
	auto work = std::make_shared<Work>();
	work->pieces = alerts_in(chunk);
	if (work->pieces.empty()) return taken({});
	// The connection may be older than the configuration.
	if (const auto allowed = may_use(chunk.peer, SocketKind::alert, agent_.access_rules()); !allowed) {
		agent_.log(LogLevel::warning, "refused: " + allowed.error().text);
		return taken(fail(allowed.error()));
	}
	work->voucher = voucher_of(chunk.peer, agent_.access_rules());
	work->peer = std::move(chunk.peer);
	work->taken = std::move(taken);
	works_.insert(work);
	proceed(work);
}

// As one piece, or none.
std::deque<std::string> EveFeed::alerts_in(const LineChunk& chunk) {
	std::string alerts;
	for (std::string_view rest = chunk.lines; !rest.empty();) {
		const std::string_view line = cut_line(rest);
		const LineKind kind = kind_of(line);
		if (kind != LineKind::blank) ++counters_.lines;
		if (kind == LineKind::other_event) ++counters_.passed_over;
		if (kind == LineKind::unreadable) has_not_read(chunk.peer.user, "expected an event of Suricata (EVE), one JSON object, got " + quoted(line));
		if (kind == LineKind::alert) alerts.append(line).push_back('\n');
	}
	if (chunk.too_long > 0) complain(chunk.peer.user, chunk.too_long, "the line is too long");
	counters_.too_long += chunk.too_long;
	return alerts.empty() ? std::deque<std::string>() : std::deque<std::string>{std::move(alerts)};
}

void EveFeed::proceed(const std::shared_ptr<Work>& work) {
	Delivery delivery;
	delivery.bytes = std::make_shared<const std::string>(work->pieces.front());
	delivery.voucher = work->voucher;
	delivery.is_kept = false;
	work->is_under_way = true;
	agent_.intake().take(std::move(delivery), [this, alive = std::weak_ptr(alive_), work](const Result<IntakeAnswer>& answer) {
		if (!alive.expired()) answered(work, answer);
	});
}

void EveFeed::answered(const std::shared_ptr<Work>& work, const Result<IntakeAnswer>& answer) {
	work->is_under_way = false;
	if (!answer && will_pass(answer.error())) return has_failed(work, answer.error());
	work->pause = {};
	problem_.clear();
	if (!answer && answer.error().kind == ErrorKind::bad_input) {
		halve(*work, answer.error());
	} else {
		if (answer) has_taken(*work, *answer);
		else agent_.log(LogLevel::warning, "alerts of Suricata: " + answer.error().text);
		work->pieces.pop_front();
	}
	if (!work->pieces.empty()) return proceed(work);
	works_.erase(work);
	work->taken({});
}

void EveFeed::has_taken(const Work& work, const IntakeAnswer& answer) {
	counters_.passed_over += answer.passed_over;
	for (const TakenReport& report : answer.reports) {
		if (report.read.report.outcome == ReportOutcome::parsed && report.taken) ++counters_.alerts;
		else has_not_read(work.voucher.user, report.taken ? report.read.report.why : report.taken.error().text);
	}
}

void EveFeed::has_failed(const std::shared_ptr<Work>& work, const Error& error) {
	if (problem_.empty()) agent_.log(LogLevel::warning, "alerts of Suricata wait, and are tried again: " + error.text);
	problem_ = error.text;
	work->pause = std::clamp(work->pause * 2, first_pause, longest_pause);
	work->next = agent_.now().boot + work->pause;
}

// A reader died of one of these lines: the others must not share its fate.
void EveFeed::halve(Work& work, const Error& error) {
	const std::string piece = std::move(work.pieces.front());
	work.pieces.pop_front();
	const auto middle = piece.find('\n', piece.size() / 2 - 1) + 1;
	const auto before = middle == piece.size() ? piece.rfind('\n', piece.size() - 2) + 1 : middle;
	if (before == 0) return has_not_read(work.voucher.user, error.text);
	work.pieces.push_front(piece.substr(before));
	work.pieces.push_front(piece.substr(0, before));
}

void EveFeed::tick() {
	const Milliseconds now = agent_.now().boot;
	const auto works = works_; // proceed() may end one
	for (const auto& work : works) {
		if (work->is_under_way || work->next > now) continue;
		++counters_.retries;
		proceed(work);
	}
	if (unread_ == 0 || next_complaint_ > now) return;
	agent_.log(LogLevel::warning, fmt::format("{} lines were not read, the last one of user {}: {}", unread_, unread_user_, unread_why_));
	unread_ = 0;
	next_complaint_ = now + complain_every;
}

void EveFeed::has_not_read(const std::string& user, const std::string& why) {
	++counters_.unreadable;
	complain(user, 1, why);
}

void EveFeed::complain(const std::string& user, std::uint64_t lines, const std::string& why) {
	unread_ += lines;
	unread_user_ = user;
	unread_why_ = why;
}

EveCounters EveFeed::counters() const {
	EveCounters now = counters_;
	now.waiting = works_.size();
	return now;
}

} // namespace gate25
