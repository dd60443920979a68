// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/waiting_notices.h"

#include <algorithm>

namespace gate25 {
namespace {

// A wall time as one of the boot clock; what lies in the future of a clock that was set back is now.
Milliseconds past(UnixTime time, const Now& now) {
	return now.boot - std::max(Milliseconds{0}, std::chrono::duration_cast<Milliseconds>(now.wall - time));
}

Milliseconds coming(UnixTime time, const Now& now) {
	return now.boot + std::max(Milliseconds{0}, std::chrono::duration_cast<Milliseconds>(time - now.wall));
}

} // namespace

void WaitingNotices::put(Notice notice, const Now& now) {
	if (notice.state != NoticeState::waiting) return erase(notice.id);
	WaitingNotice waiting;
	const WaitingNotice* before = find(notice.id);
	waiting.made = before == nullptr ? past(notice.made, now) : before->made;
	waiting.due = coming(notice.due, now);
	waiting.notice = std::move(notice);
	waiting.notice.body.clear();
	put(std::move(waiting));
}

// What a courier has had and never reported may have been sent: it is tried again too.
WaitingNotices::Due WaitingNotices::due_of(const WaitingNotice& waiting) {
	const bool is_first = waiting.notice.tries == 0 && waiting.leased.count() == 0;
	return {is_first, std::max(waiting.due, waiting.leased), waiting.notice.id};
}

void WaitingNotices::put(WaitingNotice waiting) {
	const std::uint64_t id = waiting.notice.id;
	erase(id);
	due_[waiting.notice.channel].insert(due_of(waiting));
	by_decision_.emplace(waiting.notice.decision, id);
	remember_code(waiting.notice.code);
	waiting_.emplace(id, std::move(waiting));
}

// Its code stays known: a subscriber may still ask for it.
void WaitingNotices::erase(std::uint64_t id) {
	const auto found = waiting_.find(id);
	if (found == waiting_.end()) return;
	const WaitingNotice& waiting = found->second;
	const auto channel = due_.find(waiting.notice.channel);
	channel->second.erase(due_of(waiting));
	if (channel->second.empty()) due_.erase(channel);
	const auto [begin, end] = by_decision_.equal_range(waiting.notice.decision);
	by_decision_.erase(std::find_if(begin, end, [&](const auto& one) { return one.second == id; }));
	waiting_.erase(found);
}

void WaitingNotices::forget(const Prefix& subject) {
	std::vector<std::uint64_t> ids;
	for (const auto& [id, waiting] : waiting_)
		if (waiting.notice.subject == subject) ids.push_back(id);
	for (const std::uint64_t id : ids) erase(id);
}

const WaitingNotice* WaitingNotices::find(std::uint64_t id) const {
	const auto found = waiting_.find(id);
	return found == waiting_.end() ? nullptr : &found->second;
}

// Those of the last million, which is some weeks of them; then chance alone (one in 10^12 for each pair) keeps them apart.
void WaitingNotices::remember_code(const std::string& code) {
	constexpr std::size_t most_codes = 1'000'000;
	if (codes_.size() >= most_codes) {
		codes_.clear();
		for (const auto& [id, waiting] : waiting_) codes_.insert(waiting.notice.code);
	}
	codes_.insert(code);
}

std::vector<std::uint64_t> WaitingNotices::due(std::string_view channel, Milliseconds now, std::size_t most_of_them) const {
	std::vector<std::uint64_t> ids;
	const auto found = due_.find(channel);
	if (found == due_.end()) return ids;
	for (const bool is_first : {false, true}) {
		for (auto next = found->second.lower_bound({is_first, Milliseconds::min(), 0}); next != found->second.end(); ++next) {
			if (next->is_first != is_first || next->when > now || ids.size() == most_of_them) break;
			ids.push_back(next->id);
		}
	}
	return ids;
}

std::vector<std::string> WaitingNotices::channels() const {
	std::vector<std::string> names;
	for (const auto& [name, ids] : due_) names.push_back(name);
	return names;
}

void WaitingNotices::lease(std::uint64_t id, Milliseconds until) {
	const WaitingNotice* found = find(id);
	if (found == nullptr) return;
	WaitingNotice waiting = *found;
	waiting.leased = until;
	put(std::move(waiting));
}

std::vector<std::uint64_t> WaitingNotices::of_decision(std::uint64_t decision) const {
	std::vector<std::uint64_t> ids;
	const auto [begin, end] = by_decision_.equal_range(decision);
	for (auto one = begin; one != end; ++one) ids.push_back(one->second);
	return ids;
}

std::optional<UnixTime> WaitingNotices::told(std::uint64_t decision) const {
	const auto found = told_.find(decision);
	return found == told_.end() ? std::nullopt : std::optional(found->second);
}

} // namespace gate25
