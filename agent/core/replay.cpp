// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/replay.h"

#include "core/situation.h"

#include <algorithm>

namespace gate25 {

namespace {

// What the peer was then is known; whom alert_users names is a matter of the configuration.
Voucher voucher_under(const Config& config, const Voucher& recorded) {
	Voucher voucher = recorded;
	const auto& users = config.agent.alert_users;
	voucher.is_named = std::find(users.begin(), users.end(), recorded.user) != users.end();
	return voucher;
}

bool is_over(const std::optional<UnixTime>& until, UnixTime now) {
	return until && *until <= now;
}

} // namespace

// What time has ended is ended here, when somebody asks for it.
Replay::Standing* Replay::standing(const Prefix& prefix, UnixTime now) {
	const auto found = files_.find(prefix);
	if (found == files_.end() || !found->second.standing) return nullptr;
	if (is_over(found->second.standing->until, now)) {
		end(prefix, found->second, *found->second.standing->until);
		return nullptr;
	}
	return &*found->second.standing;
}

// What stands at one moment.
class Replay::Moment : public Standings {
public:
	Moment(Replay& replay, UnixTime now) : replay_(replay), now_(now) {}
	std::optional<Situation::Held> held(const Prefix& prefix) override {
		const Standing* found = replay_.standing(prefix, now_);
		if (found == nullptr) return std::nullopt;
		return Situation::Held{found->id, prefix, found->level, found->is_monitored};
	}
	std::uint64_t exemption(const Prefix& prefix) override {
		const auto found = replay_.exempt_.find(prefix);
		return found == replay_.exempt_.end() || is_over(found->second.until, now_) ? 0 : found->second.id;
	}
	unsigned begun_since(const Prefix& prefix, UnixTime since) override {
		const auto found = replay_.files_.find(prefix);
		if (found == replay_.files_.end()) return 0;
		const auto& begun = found->second.begun;
		return static_cast<unsigned>(std::count_if(begun.begin(), begun.end(), [&](UnixTime one) { return one >= since; }));
	}

private:
	Replay& replay_;
	UnixTime now_;
};

void Replay::take(const AlertRow& row) {
	Attribution reporter = attribute(config_, row.alert, voucher_under(config_, row.voucher));
	const std::uint64_t key = report_key(row.alert, reporter);
	Moment moment(*this, row.received);
	// Who held the address is no question of the configuration: it was answered when the alert came.
	const auto holder = is_subscriber_key(row.subscriber) ? std::optional(Holder{row.subscriber, {}, true}) : std::nullopt;
	Situation situation = situation_of(config_, row.alert, std::move(reporter), key, row.received, memory_, moment, holder);
	const Prefix subscriber = situation.subscriber;
	const Judgement judgement = judge(config_, situation);
	if (row.received >= since_) {
		++totals_.alerts;
		++totals_.steps[judgement.step];
	}
	if (judgement.outcome == Outcome::decided) quarantine(row, subscriber, judgement);
	// Of the rest the agent keeps no row.
	if (judgement.outcome != Outcome::decided && judgement.outcome != Outcome::recorded) return;
	AlertRow judged; // as much of it as is remembered
	judged.id = row.id;
	judged.received = row.received;
	judged.alert.kind = row.alert.kind;
	judged.alert.count = row.alert.count;
	judged.alert.at = row.alert.at;
	judged.subscriber = subscriber;
	judged.reporter = std::move(situation.reporter);
	judged.key = key;
	judged.outcome = judgement.outcome;
	judged.is_tallied = judgement.is_tallied;
	judged.is_incident = judgement.is_incident;
	memory_.remember(judged);
}

void Replay::quarantine(const AlertRow& row, const Prefix& subscriber, const Judgement& judgement) {
	Standing next{row.id, judgement.level, judgement.is_monitored, !judgement.is_monitored && row.received >= since_,
	              row.received, std::nullopt};
	if (judgement.duration) next.until = row.received + *judgement.duration;
	const bool is_change = standing(subscriber, row.received) != nullptr;
	File& file = files_[subscriber];
	if (is_change) {
		const bool was_monitored = file.standing->is_monitored;
		if (!was_monitored || next.is_monitored) {
			next.id = file.standing->id;
			next.until = later_end(file.standing->until, next.until);
		}
		end(subscriber, file, row.received);
		if (was_monitored && !next.is_monitored) file.begun.push_back(row.received);
	} else if (!next.is_monitored) {
		file.begun.push_back(row.received);
	}
	if (row.received >= since_) ++(judgement.is_monitored ? totals_.monitored : totals_.quarantines);
	file.standing = next;
	if (!next.is_counted) return;
	const auto [found, is_first] = courses_.try_emplace(subscriber);
	Course& course = found->second;
	if (is_first) {
		course.first = row.received;
		course.step = judgement.step;
		course.why = &*reasons_.insert(judgement.why).first;
	}
	course.level = std::max(course.level, judgement.level);
	++course.quarantines;
}

void Replay::count(const Prefix& prefix, const Standing& standing, UnixTime end) {
	if (!standing.is_counted) return;
	const Seconds held = std::max(Seconds{0}, end - standing.counted_from);
	courses_[prefix].held += held;
	totals_.held += held;
}

void Replay::end(const Prefix& prefix, File& file, UnixTime end) {
	count(prefix, *file.standing, end);
	file.standing.reset();
}

void Replay::quarantine_by_hand(const PersonAct& act) {
	const bool is_change = standing(act.prefix, act.at) != nullptr;
	File& file = files_[act.prefix];
	if (is_change) end(act.prefix, file, act.at);
	else file.begun.push_back(act.at);
	if (is_over(act.until, act.at)) return;
	file.standing = Standing{act.decision, act.level, false, false, act.at, act.until};
}

// Also of one whom this configuration would not have held: the person found that he is to be let alone.
void Replay::release(const PersonAct& act) {
	if (standing(act.prefix, act.at) != nullptr) end(act.prefix, files_[act.prefix], act.at);
	memory_.dossiers.of(act.prefix).released = act.at;
}

void Replay::take(const PersonAct& act) {
	switch (act.kind) {
	case PersonAct::Kind::quarantine: return quarantine_by_hand(act);
	case PersonAct::Kind::release: return release(act);
	case PersonAct::Kind::exempt: exempt_[act.prefix] = {act.decision, act.until}; return;
	case PersonAct::Kind::unexempt: exempt_.erase(act.prefix); return;
	}
}

void Replay::finish(UnixTime now) {
	for (auto& [prefix, file] : files_) {
		if (!file.standing) continue;
		const Standing last = *file.standing;
		// One that ends by itself counts for as long as it was decided to last.
		end(prefix, file, last.until.value_or(now));
		if (last.until || !last.is_counted) continue;
		courses_[prefix].is_open = true;
		++totals_.open;
	}
	totals_.subscribers = courses_.size();
}

namespace {

std::vector<std::string_view> words_for(const Course* today, const Course* then) {
	if (today == nullptr) return {"new"};
	if (then == nullptr) return {"gone"};
	std::vector<std::string_view> words;
	if (then->level != today->level) words.push_back(then->level > today->level ? "stricter" : "milder");
	const auto length = [](const Course& course) { return std::pair(course.is_open, course.held); };
	if (length(*then) != length(*today)) words.push_back(length(*then) > length(*today) ? "longer" : "shorter");
	return words;
}

const Course* course_of(const Replay& replay, const Prefix& subscriber) {
	const auto found = replay.courses().find(subscriber);
	return found == replay.courses().end() ? nullptr : &found->second;
}

} // namespace

std::vector<Difference> differences(const Replay& today, const Replay& then) {
	std::vector<Difference> all;
	const auto add = [&](const Prefix& subscriber, const Course* before, const Course* after) {
		auto words = words_for(before, after);
		if (words.empty()) return;
		Difference one{subscriber, std::nullopt, std::nullopt, std::move(words)};
		if (before != nullptr) one.today = *before;
		if (after != nullptr) one.then = *after;
		all.push_back(std::move(one));
	};
	for (const auto& [subscriber, course] : today.courses()) add(subscriber, &course, course_of(then, subscriber));
	for (const auto& [subscriber, course] : then.courses())
		if (course_of(today, subscriber) == nullptr) add(subscriber, nullptr, &course);
	std::sort(all.begin(), all.end(), [](const Difference& a, const Difference& b) { return a.subscriber < b.subscriber; });
	return all;
}

} // namespace gate25
