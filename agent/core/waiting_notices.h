// SPDX-License-Identifier: GPL-2.0-or-later
//
// The notices that wait for a courier, without their bodies: a copy of what follows from the store's rows. Times are of
// the boot clock here, so a clock that jumps neither floods nor silences anybody.
#pragma once

#include "core/subscriber.h"

#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace gate25 {

struct WaitingNotice {
	Notice notice; // without its body
	Milliseconds due{};
	Milliseconds made{};
	Milliseconds leased{}; // until then a courier has it
};

class WaitingNotices {
public:
	// With what per_hour lets out within patience there is no use for more; the agent says so when it is full.
	static constexpr std::size_t most = 200'000;

	// One that waits no more is forgotten.
	void put(Notice notice, const Now& now);
	void put(WaitingNotice waiting);
	void erase(std::uint64_t id);
	// Of somebody who is forgotten: the store's rows are gone.
	void forget(const Prefix& subject);
	const WaitingNotice* find(std::uint64_t id) const;
	std::size_t size() const { return waiting_.size(); }
	bool is_full() const { return waiting_.size() >= most; }
	const std::map<std::uint64_t, WaitingNotice>& all() const { return waiting_; } // by number
	// Those of a channel whose time has come and that no courier has: what is tried again before what was never tried, and of each the
	// first ones first. So what per_hour holds back does not stand before what it lets through.
	std::vector<std::uint64_t> due(std::string_view channel, Milliseconds now, std::size_t most_of_them) const;
	std::vector<std::string> channels() const;
	// A courier has it for so long.
	void lease(std::uint64_t id, Milliseconds until);
	std::vector<std::uint64_t> of_decision(std::uint64_t decision) const;

	// When somebody was last told of this decision, since the start; nullopt: not since then.
	std::optional<UnixTime> told(std::uint64_t decision) const;
	void tell(std::uint64_t decision, UnixTime at) { told_[decision] = at; }
	void forget_told(std::uint64_t decision) { told_.erase(decision); }
	bool knows(const std::string& code) const { return codes_.contains(code); }

private:
	void remember_code(const std::string& code);
	std::map<std::uint64_t, WaitingNotice> waiting_;
	struct Due {
		bool is_first = true; // never tried
		Milliseconds when{};
		std::uint64_t id = 0;
		friend auto operator<=>(const Due&, const Due&) = default;
	};
	static Due due_of(const WaitingNotice& waiting);
	std::map<std::string, std::set<Due>, std::less<>> due_; // by channel
	std::multimap<std::uint64_t, std::uint64_t> by_decision_;
	std::unordered_map<std::uint64_t, UnixTime> told_;
	std::unordered_set<std::string> codes_;
};

} // namespace gate25
