// SPDX-License-Identifier: GPL-2.0-or-later
//
// The decisions that stand now, in memory: a copy of the store's rows that have not ended, made for fast
// lookups by prefix. A million of them must fit a small router, so the texts that repeat (a reason, a name)
// are kept once.
#pragma once

#include "core/decision_table.h"
#include "core/plan.h"
#include "core/policy.h"
#include "core/text_pool.h"
#include "core/world.h"

#include <array>
#include <functional>

namespace gate25 {

class Book : public DecisionIndex {
public:
	// Replaces what stands for the same prefix.
	void put(const Quarantine& quarantine);
	void put(const Exemption& exemption);
	void erase_quarantine(const Prefix& prefix);
	void erase_exemption(const Prefix& prefix);

	std::optional<Quarantine> find_quarantine(const Prefix& prefix) const;
	std::optional<Exemption> find_exemption(const Prefix& prefix) const;
	// What is in force of this very prefix, of quarantines or of exemptions; cheap.
	std::optional<Standing> quarantine_standing(const Prefix& prefix) const;
	std::optional<Standing> exemption_standing(const Prefix& prefix) const;
	// By number: a walk over all of them, some milliseconds for a million.
	std::optional<Quarantine> find_quarantine(std::uint64_t id) const;
	std::optional<Exemption> find_exemption(std::uint64_t id) const;

	// DecisionIndex: what is in force.
	std::optional<Found> quarantine(const Prefix& exact) const override;
	std::optional<std::uint64_t> exemption(const Prefix& exact) const override;

	void each_quarantine(const std::function<void(const Quarantine&)>& visit) const;
	void each_exemption(const std::function<void(const Exemption&)>& visit) const;
	void each_standing(const std::function<void(const Standing&)>& visit) const;

	// In force, so without those that are only recorded (mode = "monitor").
	std::size_t quarantine_count() const { return quarantines_.size() - monitored_; }
	std::size_t monitored_count() const { return monitored_; }
	std::size_t quarantine_count(Level level) const { return by_level_[static_cast<std::size_t>(level)]; }
	std::size_t exemption_count() const { return exemptions_.size(); }

	struct Expired {
		std::vector<Quarantine> quarantines;
		std::vector<Exemption> exemptions;
	};
	// Those whose time is over, at most `most`. They stay in the book until they are erased; each is reported
	// once, after it was put. The kernel ends them on time by itself; here a call looks at a hundred thousand
	// entries and the next call goes on from there.
	Expired take_expired(const Now& now, std::size_t most);

private:
	using Table = DecisionTable;
	struct Texts {
		std::string reason, by, extra; // extra: ticket or owner
	};
	template <class Decision> Table::Entry entry_of(const Decision& decision, const std::string& extra);
	void count(const Table::Entry& entry, bool is_there);
	Texts texts_of(const Table::Entry& entry) const;
	Quarantine quarantine_of(const Prefix& prefix, const Table::Entry& entry) const;
	Exemption exemption_of(const Prefix& prefix, const Table::Entry& entry) const;

	Table quarantines_, exemptions_;
	TextPool texts_;
	std::array<std::size_t, all_levels.size()> by_level_{};
	std::size_t monitored_ = 0;
};

} // namespace gate25
