// SPDX-License-Identifier: GPL-2.0-or-later
//
// The decisions that stand now, in memory: a copy of the store's rows that have not ended, made for fast
// lookups by prefix. A million of them must fit a small router, so the texts that repeat (a reason, a name)
// are kept once.
#pragma once

#include "core/policy.h"
#include "core/plan.h"
#include "core/text_pool.h"
#include "core/world.h"

#include <array>
#include <functional>
#include <queue>
#include <unordered_map>

namespace gate25 {

class Book : public DecisionIndex {
public:
	// Replaces what stands for the same prefix.
	void put(const Quarantine& quarantine);
	void put(const Exemption& exemption);
	void erase_quarantine(const Prefix& prefix) { erase(quarantines_, prefix); }
	void erase_exemption(const Prefix& prefix) { erase(exemptions_, prefix); }

	std::optional<Quarantine> find_quarantine(const Prefix& prefix) const;
	std::optional<Exemption> find_exemption(const Prefix& prefix) const;
	// By number: a walk over all of them, some milliseconds for a million.
	std::optional<Quarantine> find_quarantine(std::uint64_t id) const;
	std::optional<Exemption> find_exemption(std::uint64_t id) const;

	// DecisionIndex
	std::optional<Found> quarantine(const Prefix& exact) const override;
	std::optional<std::uint64_t> exemption(const Prefix& exact) const override;

	void each_quarantine(const std::function<void(const Quarantine&)>& visit) const;
	void each_exemption(const std::function<void(const Exemption&)>& visit) const;
	void each_standing(const std::function<void(const Standing&)>& visit) const;

	std::size_t quarantine_count() const { return quarantines_.size(); }
	std::size_t quarantine_count(Level level) const { return by_level_[static_cast<std::size_t>(level)]; }
	std::size_t exemption_count() const { return exemptions_.size(); }

	// The earliest end of a decision, on the boot clock; it may be of one that was ended already.
	std::optional<Milliseconds> next_deadline() const;
	struct Expired {
		std::vector<Quarantine> quarantines;
		std::vector<Exemption> exemptions;
	};
	// Those whose time is over, at most `most`. They stay in the book until they are erased; each is
	// reported once.
	Expired take_expired(const Now& now, std::size_t most);

private:
	struct Entry {
		std::uint64_t id = 0;
		std::int64_t from = 0;
		std::int64_t until_wall = 0; // with until_boot < 0: no end
		std::int64_t until_boot = -1;
		TextPool::Id reason{}, by{}, extra{}; // extra: ticket or owner
		Level level = Level::port25;
	};
	using Table = std::unordered_map<Prefix, Entry>;
	struct Ending {
		std::int64_t boot;
		std::uint64_t id;
		Prefix prefix;
		bool is_exemption;
		bool operator>(const Ending& other) const { return boot > other.boot; }
	};
	template <class Decision> Entry entry_of(const Decision& decision, std::string_view extra);
	Quarantine quarantine_of(const Prefix& prefix, const Entry& entry) const;
	Exemption exemption_of(const Prefix& prefix, const Entry& entry) const;
	void replace(Table& table, const Prefix& prefix, const Entry& entry);
	void erase(Table& table, const Prefix& prefix);
	void forget(Table& table, const Entry& entry);

	Table quarantines_, exemptions_;
	TextPool texts_;
	std::array<std::size_t, all_levels.size()> by_level_{};
	std::priority_queue<Ending, std::vector<Ending>, std::greater<>> endings_;
};

} // namespace gate25
