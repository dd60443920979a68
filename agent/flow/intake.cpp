// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/intake.h"

#include "flow/agent.h"
#include "wire/reading.h"

#include <algorithm>
#include <fmt/format.h>

namespace gate25 {

// The bytes live as long as the work on them.
struct Intake::Job {
	Delivery delivery;
	Done done;
	std::vector<std::string> keys; // that were found for it
	Reading reading;
	std::vector<Assignments::Answer> holders; // of each report
	bool can_wait = false;
};

namespace {

constexpr std::ptrdiff_t most_fetches = 4; // at a time
// That a server has no such key may change any minute.
constexpr Seconds none_age{600};

// By content: every JSON text of ours begins with a brace, no mail does.
bool is_json(std::string_view bytes) {
	if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
	const auto first = bytes.find_first_not_of(" \t\r\n");
	return first != bytes.npos && bytes[first] == '{';
}

// The bytes of each report of a stream, one after the other: a line, or all up to where the next report begins.
class Pieces {
public:
	explicit Pieces(std::string_view bytes) : rest_(bytes) {}
	// What begins on `line`, in front of `next`. It goes forward only, as a sound reader does.
	std::string_view cut(std::uint32_t line, std::uint32_t next) {
		while (line_ < line && !rest_.empty()) step();
		const std::string_view begin = rest_;
		step();
		const auto first = begin.substr(0, begin.size() - rest_.size());
		if (is_object(first)) return first.substr(0, first.find('\n'));
		while (line_ < next && !rest_.empty()) step();
		const auto all = begin.substr(0, begin.size() - rest_.size());
		return all.size() == first.size() ? first.substr(0, first.find('\n')) : all;
	}

private:
	void step() {
		const auto newline = rest_.find('\n');
		rest_.remove_prefix(newline == rest_.npos ? rest_.size() : newline + 1);
		++line_;
	}
	static bool is_object(std::string_view line) {
		const auto last = line.find_last_not_of(" \t\r\n");
		return line.starts_with('{') && last != line.npos && line[last] == '}';
	}
	std::string_view rest_;
	std::uint32_t line_ = 1;
};

// How many reports NDJSON holds, at most.
std::size_t begins_of_lines(std::string_view bytes) {
	if (!is_json(bytes)) return 1;
	std::size_t count = 1;
	for (std::size_t at = bytes.find("\n{"); at != bytes.npos; at = bytes.find("\n{", at + 1)) ++count;
	return count;
}

Incoming incoming_of(const ReadReport& read) {
	Incoming incoming;
	incoming.alert = alert_of(read.report);
	incoming.unread = read.report.why;
	incoming.format = read.report.format;
	incoming.signature = read.signature;
	return incoming;
}

ReadReport unreadable(const std::string& why) {
	ReadReport read;
	read.report.outcome = ReportOutcome::aside;
	read.report.why = why;
	return read;
}

std::string missing_key(const Signature& signature, bool can_wait) {
	if (can_wait || signature.state != SignatureState::unknown_key) return signature.why;
	return signature.why + "; no key server is configured, or it has none";
}

} // namespace

// Whether it is worth to wait for a key at all.
bool Intake::knows_server() const {
	const Config& config = agent_.policy().config();
	const auto has_key = [](const Reporter& reporter) { return !reporter.addresses.empty(); };
	return !config.openpgp.server.empty() && std::any_of(config.reporters.begin(), config.reporters.end(), has_key);
}

void Intake::take(Delivery delivery, Done done) {
	if (begins_of_lines(*delivery.bytes) > most_reports)
		return done(fail(ErrorKind::bad_input, fmt::format("more than {} reports at once: send them in parts", most_reports)));
	auto job = std::make_shared<Job>();
	job->delivery = std::move(delivery);
	job->delivery.voucher.is_mail = !is_json(*job->delivery.bytes);
	job->done = std::move(done);
	read(std::move(job));
}

void Intake::take_again(std::uint64_t held, Done done) {
	if (!again_.insert(held).second) return done(fail(ErrorKind::busy, "report " + std::to_string(held) + " is being read"));
	auto finish = [this, held, done = std::move(done)](Result<IntakeAnswer> answer) {
		again_.erase(held);
		done(std::move(answer));
	};
	agent_.store().held_report(held, [this, finish](Result<HeldReport> report) {
		if (!report) return finish(fail(report.error()));
		if (report->state == HeldState::closed)
			return finish(fail(ErrorKind::conflict, "report " + std::to_string(report->id) + " is closed: " + report->ended_reason));
		Delivery delivery;
		delivery.bytes = std::make_shared<const std::string>(std::move(report->bytes));
		delivery.signature = std::move(report->signature);
		delivery.voucher = std::move(report->voucher);
		delivery.voucher.signers.clear();
		delivery.held = report->id;
		delivery.received = report->received;
		take(std::move(delivery), finish);
	});
}

void Intake::read(std::shared_ptr<Job> job) {
	ReadingJob reading{*job->delivery.bytes, job->delivery.signature, job->keys};
	readers_.read(std::move(reading), [this, job](Result<Reading> result) { has_read(job, std::move(result)); });
}

void Intake::has_read(const std::shared_ptr<Job>& job, Result<Reading> reading) {
	const bool is_for_a_person = !reading && reading.error().kind == ErrorKind::bad_input && job->delivery.is_kept;
	if (!reading && !is_for_a_person) return job->done(fail(reading.error()));
	if (reading) job->reading = *std::move(reading);
	else job->reading.reports = {unreadable(reading.error().text)};
	// Kept line by line, the signature would fit none of them.
	if (!job->delivery.signature.empty() && job->reading.reports.size() > 1)
		return job->done(fail(ErrorKind::bad_input, "a detached signature goes with one report, not with " +
		                                                std::to_string(job->reading.reports.size())));
	for (const ReadReport& read : job->reading.reports)
		if (read.signature.state == SignatureState::unknown_key && job->keys.empty()) return find_key(job, read.signature.key);
	decide(job);
}

// A key that is too old may have been revoked since: then it is as good as none.
void Intake::find_key(const std::shared_ptr<Job>& job, const std::string& key) {
	agent_.store().find_key(key, [this, job](Result<std::optional<StoredKey>> found) {
		if (!found) return job->done(fail(found.error()));
		const Seconds key_age = agent_.policy().config().openpgp.key_age;
		const Seconds most = *found && (*found)->bytes.empty() ? std::min(key_age, none_age) : key_age;
		const bool is_fresh = *found && (*found)->fetched >= agent_.now().wall - most;
		if (is_fresh && !(*found)->bytes.empty()) {
			job->keys = {std::move((*found)->bytes)};
			return read(job);
		}
		job->can_wait = knows_server() && !is_fresh;
		decide(job);
	});
}

// Who held an address then is asked before anything is decided.
void Intake::decide(const std::shared_ptr<Job>& job) {
	std::vector<Prefix> ours = agent_.policy().config().network.subscribers;
	const auto& nat = agent_.policy().config().assignments.nat;
	ours.insert(ours.end(), nat.begin(), nat.end());
	std::vector<HolderQuestion> questions;
	const UnixTime now = agent_.now().wall;
	for (ReadReport& read : job->reading.reports) {
		choose_subscriber(read.report, ours);
		const auto alert = alert_of(read.report);
		// What waited is not newer than the day on which it came: somebody may have been released since.
		const UnixTime at = alert && alert->at ? *alert->at : job->delivery.received.value_or(now);
		questions.push_back(alert ? HolderQuestion{alert->address, alert->port, at} : HolderQuestion{{}, {}, now});
	}
	agent_.assignments().holders(std::move(questions), [this, job](std::vector<Assignments::Answer> holders) {
		job->holders = std::move(holders);
		agent_.change<IntakeAnswer>([this, job](Transaction& transaction, const Desk& desk) { return judge_all(*job, transaction, desk); },
		                            [this, job](Result<IntakeAnswer> answer) {
			                            if (answer)
				                            for (const TakenReport& report : answer->reports) announce(report);
			                            job->done(std::move(answer));
		                            });
	});
}

// The nth of the reports, with all that its judgement looks at.
Incoming Intake::incoming(const Job& job, std::size_t n, std::string_view bytes) {
	const ReadReport& read = job.reading.reports[n];
	Incoming incoming = incoming_of(read);
	incoming.voucher = job.delivery.voucher;
	incoming.voucher.signers = read.signature.addresses;
	incoming.can_wait = job.can_wait;
	incoming.signature.why = missing_key(read.signature, job.can_wait);
	incoming.bytes = bytes;
	incoming.detached_signature = job.delivery.signature;
	if (incoming.alert && !incoming.alert->at) incoming.alert->at = job.delivery.received;
	incoming.holder = job.holders[n].holder;
	incoming.unknown_holder = job.holders[n].unknown;
	incoming.held = job.reading.reports.size() == 1 ? job.delivery.held : 0; // each of several is kept for itself
	incoming.is_kept = job.delivery.is_kept;
	return incoming;
}

Result<IntakeAnswer> Intake::judge_all(const Job& job, Transaction& transaction, const Desk& desk) {
	const std::uint64_t held = job.delivery.held;
	if (held != 0 && transaction.memory().inbox.find(held) == nullptr)
		return fail(ErrorKind::conflict, fmt::format("report {} was closed while it was read", held));
	IntakeAnswer answer;
	answer.passed_over = job.reading.passed_over;
	const std::vector<ReadReport>& reports = job.reading.reports;
	const bool is_one = reports.size() == 1;
	Pieces pieces(*job.delivery.bytes);
	for (std::size_t i = 0; i < reports.size(); ++i) {
		const std::uint32_t next = i + 1 < reports.size() ? reports[i + 1].line : UINT32_MAX;
		const auto bytes = is_one ? std::string_view(*job.delivery.bytes) : pieces.cut(reports[i].line, next);
		answer.reports.push_back({reports[i], desk.take(transaction, incoming(job, i, bytes))});
	}
	// What could not be taken must come again: then none of it was.
	if (is_one && !answer.reports.front().taken) return fail(answer.reports.front().taken.error());
	const auto is_taken = [](const TakenReport& report) { return report.taken.has_value(); };
	if (!is_one && held != 0 && std::all_of(answer.reports.begin(), answer.reports.end(), is_taken))
		(void)Desk::close_report(transaction, held, "gate25", fmt::format("read as {} reports", answer.reports.size()));
	return answer;
}

void Intake::announce(const TakenReport& report) {
	if (!report.taken) return;
	const Judgement& judgement = report.taken->judgement;
	agent_.count(judgement);
	const std::string subject = report.read.report.address ? report.read.report.address->text() : "";
	agent_.announce("report", subject, fmt::format("{} at step {}: {}", outcome_text(judgement.outcome), judgement.step, judgement.why));
	if (judgement.outcome == Outcome::refused) agent_.log(LogLevel::warning, "a report was refused: " + judgement.why);
	if (judgement.outcome == Outcome::waiting) fetch(report.read.signature.key);
}

// --- keys ---------------------------------------------------------------------------------------------

void Intake::fetch(const std::string& key) {
	const auto under_way = std::count_if(attempts_.begin(), attempts_.end(), [](const auto& one) { return one.second.is_under_way; });
	if (under_way >= most_fetches) return; // the next tick asks
	Attempt& attempt = attempts_[key];
	if (attempt.is_under_way || attempt.next > agent_.now().boot) return;
	attempt.is_under_way = true;
	readers_.fetch_key(key, [this, key](const Result<std::optional<std::string>>& fetched) { has_fetched(key, fetched); });
}

void Intake::has_fetched(const std::string& key, const Result<std::optional<std::string>>& fetched) {
	constexpr Milliseconds first_pause{10'000}, longest_pause{std::chrono::hours{1}};
	Attempt& attempt = attempts_[key];
	attempt.is_under_way = false;
	if (!fetched) {
		attempt.pause = std::clamp(attempt.pause * 2, first_pause, longest_pause);
		attempt.next = agent_.now().boot + attempt.pause;
		agent_.log(LogLevel::warning, fmt::format("key {} could not be fetched, reports wait for it: {}", key, fetched.error().text));
		return;
	}
	StoredKey stored{key, agent_.now().wall, fetched->value_or("")};
	agent_.change<bool>(
		[stored](Transaction& transaction, const Desk&) -> Result<bool> {
			transaction.put(stored);
			return true;
		},
		[this, key](const Result<bool>& kept) {
			if (!kept) return; // the next tick asks again
			attempts_.erase(key);
			decide_waiting(key);
		});
}

void Intake::decide_waiting(const std::string& key) {
	std::vector<std::uint64_t> waiting;
	for (const auto& [id, held] : agent_.memory().inbox.held())
		if (held.state == HeldState::waiting && held.key == key) waiting.push_back(id);
	for (const std::uint64_t id : waiting)
		take_again(id, [this, id](const Result<IntakeAnswer>& answer) {
			if (!answer) agent_.log(LogLevel::warning, fmt::format("report {} could not be read again: {}", id, answer.error().text));
		});
}

void Intake::tick() {
	const Config& config = agent_.policy().config();
	std::set<std::string> wanted;
	std::vector<std::uint64_t> overdue;
	for (const auto& [id, held] : agent_.memory().inbox.held()) {
		if (held.state != HeldState::waiting) continue;
		if (held.received < agent_.now().wall - config.openpgp.patience) overdue.push_back(id);
		else wanted.insert(held.key);
	}
	std::erase_if(attempts_, [&](const auto& one) { return !one.second.is_under_way && !wanted.contains(one.first); });
	if (knows_server())
		for (const std::string& key : wanted) fetch(key);
	for (const std::uint64_t id : overdue)
		agent_.change<bool>([id](Transaction& transaction, const Desk&) { return Desk::give_up(transaction, id); },
		                    [](const Result<bool>&) {});
}

} // namespace gate25
