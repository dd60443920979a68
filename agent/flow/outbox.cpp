// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/outbox.h"

#include "core/text.h"
#include "flow/agent.h"
#include "wire/notice_facts.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>

namespace gate25 {
namespace {

constexpr Seconds first_pause{30}, longest_pause{3600};
constexpr Milliseconds look_every{60'000};
constexpr std::size_t most_given_up_at_once = 1000;
constexpr unsigned most_alerts = 1000; // that a digest counts
constexpr std::size_t longest_problem = 300;

// Newest first, as they come.
void put_alerts(DigestFacts& facts, const Notice& digest, const History& history) {
	for (const AlertRow& row : history.alerts) {
		if (row.decision != digest.decision || (facts.since && row.received <= *facts.since)) continue;
		++facts.alerts;
		if (facts.samples.size() < most_samples) facts.samples.push_back(sample_of(row.alert, row.received));
	}
}

// `told`: when he was last told of it, which may have been after the digest was begun.
std::string gathered(const Notice& digest, const Quarantine& quarantine, const History& history, std::optional<UnixTime> told) {
	DigestFacts facts;
	facts.level = quarantine.level;
	if (quarantine.until) facts.until = quarantine.until->wall;
	const auto begun = since_of(digest.body);
	facts.since = std::max(begun, told);
	put_alerts(facts, digest, history);
	if (facts.alerts == 0) {
		facts.since = begun;
		put_alerts(facts, digest, history);
	}
	if (facts.alerts == 0) return digest.body; // they were forgotten since; the first one stands there
	return with_digest(digest.body, facts, digest.channel == mail_channel);
}

// Handed out for the first time.
bool is_first(const WaitingNotice& waiting) { return waiting.notice.tries == 0 && waiting.leased.count() == 0; }

// The store has no row: either it is still on its way there, then it comes with the next question; or somebody was forgotten.
void let_go(WaitingNotices& notices, std::uint64_t id, Milliseconds now, bool can_be_gone) {
	constexpr Milliseconds long_ago{60'000};
	const WaitingNotice* waiting = notices.find(id);
	if (waiting == nullptr) return;
	if (can_be_gone && waiting->made + long_ago < now)
		notices.erase(id);
	else
		notices.lease(id, now);
}

} // namespace

// How many of them, from the first. The bucket holds an hour's worth at most. What was handed out before is not counted again.
std::size_t Outbox::admitted(const std::vector<std::uint64_t>& ids) {
	const double per_hour = agent_.policy().config().notices.per_hour;
	const Milliseconds now = agent_.now().boot;
	const double passed = filled_.count() < 0 ? 3'600'000.0 : static_cast<double>((now - filled_).count());
	allowance_ = std::min(per_hour, allowance_ + passed * per_hour / 3'600'000.0);
	filled_ = now;
	is_throttled_ = false;
	std::size_t count = 0;
	for (const std::uint64_t id : ids) {
		if (is_first(*waiting_.find(id))) {
			is_throttled_ = allowance_ < 1;
			if (is_throttled_) break;
			allowance_ -= 1;
		}
		++count;
	}
	return count;
}

void Outbox::hand_out(const std::string& channel, std::size_t most, std::function<void(Result<std::vector<Notice>>)> done) {
	const Milliseconds now = agent_.now().boot;
	asked_ = agent_.now().wall;
	std::vector<std::uint64_t> ids;
	for (const std::string& name : channel.empty() ? waiting_.channels() : std::vector{channel})
		for (const std::uint64_t id : waiting_.due(name, now, most - ids.size())) ids.push_back(id);
	// Of several channels what is tried again comes first too.
	std::stable_partition(ids.begin(), ids.end(), [this](std::uint64_t id) { return !is_first(*waiting_.find(id)); });
	ids.resize(admitted(ids));
	if (ids.empty()) return done(std::vector<Notice>());
	for (const std::uint64_t id : ids) waiting_.lease(id, now + lease);
	NoticeQuery query;
	query.ids = ids;
	query.with_bodies = true;
	query.limit = static_cast<unsigned>(ids.size());
	agent_.store().notices(std::move(query), [this, ids, now, done = std::move(done)](Result<std::vector<Notice>> rows) {
		std::vector<Notice> found;
		for (const std::uint64_t id : ids) {
			const auto is_it = [&](const Notice& row) { return row.id == id && row.state == NoticeState::waiting; };
			const auto row = rows ? std::find_if(rows->begin(), rows->end(), is_it) : std::vector<Notice>::iterator();
			if (rows && row != rows->end())
				found.push_back(std::move(*row));
			else
				let_go(waiting_, id, now, rows.has_value() && agent_.is_idle());
		}
		if (!rows) return done(fail(rows.error()));
		gather(std::move(found), done);
	});
}

// A digest tells all that came until now.
void Outbox::gather(std::vector<Notice> notices, std::function<void(Result<std::vector<Notice>>)> done) {
	struct Work {
		std::vector<Notice> notices;
		std::function<void(Result<std::vector<Notice>>)> done;
	};
	// The last one to let go of it has answered; done by hand, since a store that answers at once would answer too early.
	auto work = std::make_shared<Work>(Work{std::move(notices), std::move(done)});
	auto left = std::make_shared<std::size_t>(1);
	const auto one_is_done = [work, left] {
		if (--*left == 0) work->done(std::move(work->notices));
	};
	for (std::size_t i = 0; i < work->notices.size(); ++i) {
		const Notice& notice = work->notices[i];
		if (notice.kind != NoticeKind::digest) continue;
		const auto quarantine = agent_.book().find_quarantine(notice.decision);
		if (!quarantine) continue;
		// Trying again tells nobody else, and what was told when it was tried first was this.
		const auto told = notice.tries == 0 ? waiting_.told(notice.decision) : std::nullopt;
		if (notice.tries == 0) waiting_.tell(notice.decision, agent_.now().wall);
		++*left;
		HistoryQuery query;
		query.id = notice.decision;
		query.since = since_of(notice.body);
		query.limit = most_alerts;
		agent_.store().history(std::move(query), [work, i, told, quarantine = *quarantine, one_is_done](const Result<History>& history) {
			if (history) work->notices[i].body = gathered(work->notices[i], quarantine, *history, told);
			one_is_done();
		});
	}
	one_is_done();
}

// 30 s, a minute, two, ... an hour, each a quarter more or less, so that what failed together does not come back together.
Milliseconds Outbox::backoff(unsigned tries) {
	const Seconds whole = tries > 7 ? longest_pause : std::min(longest_pause, first_pause * (1U << tries));
	return std::chrono::duration_cast<Milliseconds>(whole) * (750 + static_cast<int>(random_() % 501)) / 1000;
}

void Outbox::report(std::uint64_t id, const DeliveryReport& delivery, std::function<void(Result<Notice>)> done) {
	const Milliseconds pause = waiting_.find(id) == nullptr ? Milliseconds{} : backoff(waiting_.find(id)->notice.tries);
	agent_.change<Notice>(
		[this, id, delivery, pause](Transaction& transaction, const Desk&) -> Result<Notice> {
			const WaitingNotice* waiting = transaction.memory().notices.find(id);
			if (waiting == nullptr) return fail(ErrorKind::not_found, fmt::format("no notice {} waits to be sent", id));
			Notice notice = waiting->notice;
			++notice.tries;
			notice.problem = delivery.is_sent ? "" : printable(delivery.why).substr(0, longest_problem);
			if (delivery.is_sent || delivery.is_final) {
				notice.state = delivery.is_sent ? NoticeState::sent : NoticeState::given_up;
				notice.ended = transaction.now().wall;
			} else {
				notice.due = transaction.now().wall + std::chrono::ceil<Seconds>(pause);
			}
			if (notice.state == NoticeState::given_up)
				transaction.audit("gate25", "notice given up", notice.subject.text(), notice.problem, notice.decision);
			transaction.put(notice);
			return notice;
		},
		[this, delivery, done = std::move(done)](const Result<Notice>& reported) {
			if (!reported) return done(fail(reported.error()));
			++(delivery.is_sent ? sent_ : failed_);
			if (reported->state == NoticeState::given_up) tell_given_up({*reported});
			done(*reported);
		});
}

bool Outbox::is_expired(const WaitingNotice& waiting, Milliseconds now) const {
	const NoticeRules& rules = agent_.policy().config().notices;
	// A digest was not meant to be sent at once.
	const Seconds patience = rules.patience + (waiting.notice.kind == NoticeKind::digest ? rules.digest : Seconds{0});
	return waiting.leased <= now && waiting.made + patience <= now;
}

void Outbox::tick() {
	const Milliseconds now = agent_.now().boot;
	if (now < next_look_ || is_giving_up_) return;
	next_look_ = now + look_every;
	std::vector<std::uint64_t> ids;
	for (const auto& [id, waiting] : waiting_.all())
		if (ids.size() < most_given_up_at_once && is_expired(waiting, now)) ids.push_back(id);
	if (ids.size() == most_given_up_at_once) next_look_ = now; // there may be more of them
	if (!ids.empty()) give_up(ids);
}

void Outbox::give_up(const std::vector<std::uint64_t>& ids) {
	is_giving_up_ = true;
	using Ended = std::vector<Notice>;
	agent_.change<Ended>(
		[this, ids](Transaction& transaction, const Desk&) -> Result<Ended> {
			Ended given_up;
			for (const std::uint64_t id : ids) {
				const WaitingNotice* waiting = transaction.memory().notices.find(id);
				if (waiting == nullptr || !is_expired(*waiting, transaction.now().boot)) continue;
				Notice notice = waiting->notice;
				notice.state = NoticeState::given_up;
				notice.ended = transaction.now().wall;
				if (notice.problem.empty())
					notice.problem = is_throttled_ ? "per_hour held it back for too long" : "no courier took it in time; does gate25-courier run?";
				transaction.audit("gate25", "notice given up", notice.subject.text(), notice.problem, notice.decision);
				transaction.put(notice);
				given_up.push_back(std::move(notice));
			}
			return given_up;
		},
		[this](const Result<Ended>& given_up) {
			is_giving_up_ = false;
			if (given_up && !given_up->empty()) tell_given_up(*given_up);
		});
}

// One line for all of them: they may be a thousand.
void Outbox::tell_given_up(const std::vector<Notice>& notices) {
	given_up_ += notices.size();
	const Notice& first = notices.front();
	std::string text = fmt::format("notice {} by {} was given up: {}", first.id, first.channel, first.problem);
	if (notices.size() > 1) text += fmt::format(" (and {} others)", notices.size() - 1);
	agent_.log(LogLevel::warning, text);
	agent_.announce("notice", first.subject.text(), text);
}

OutboxHealth Outbox::health() const {
	OutboxHealth health;
	for (const auto& [id, waiting] : waiting_.all()) ++health.waiting[waiting.notice.channel];
	if (waiting_.size() > 0) health.oldest = waiting_.all().begin()->second.notice.made;
	health.sent = sent_;
	health.failed = failed_;
	health.given_up = given_up_;
	health.is_throttled = is_throttled_;
	health.asked = asked_;
	return health;
}

} // namespace gate25
