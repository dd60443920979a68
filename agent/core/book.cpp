// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/book.h"

namespace gate25 {
namespace {

std::int64_t seconds_of(UnixTime time) { return time.time_since_epoch().count(); }
UnixTime time_of(std::int64_t seconds) { return UnixTime(Seconds(seconds)); }

} // namespace

template <class Decision> Book::Entry Book::entry_of(const Decision& decision, std::string_view extra) {
	Entry entry;
	entry.id = decision.id;
	entry.from = seconds_of(decision.from);
	if (decision.until) {
		entry.until_wall = seconds_of(decision.until->wall);
		entry.until_boot = decision.until->boot.count();
	}
	entry.reason = texts_.add(decision.reason);
	entry.by = texts_.add(decision.by);
	entry.extra = texts_.add(extra);
	return entry;
}

void Book::put(const Quarantine& quarantine) {
	Entry entry = entry_of(quarantine, quarantine.ticket);
	entry.level = quarantine.level;
	replace(quarantines_, quarantine.prefix, entry);
	++by_level_[static_cast<std::size_t>(entry.level)];
}

void Book::put(const Exemption& exemption) {
	replace(exemptions_, exemption.prefix, entry_of(exemption, exemption.owner));
}

void Book::replace(Table& table, const Prefix& prefix, const Entry& entry) {
	erase(table, prefix);
	table.emplace(prefix, entry);
	if (entry.until_boot >= 0) endings_.push({entry.until_boot, entry.id, prefix, &table == &exemptions_});
}

void Book::erase(Table& table, const Prefix& prefix) {
	const auto found = table.find(prefix);
	if (found == table.end()) return;
	forget(table, found->second);
	table.erase(found);
}

void Book::forget(Table& table, const Entry& entry) {
	texts_.release(entry.reason);
	texts_.release(entry.by);
	texts_.release(entry.extra);
	if (&table == &quarantines_) --by_level_[static_cast<std::size_t>(entry.level)];
}

Quarantine Book::quarantine_of(const Prefix& prefix, const Entry& entry) const {
	Quarantine q;
	q.id = entry.id;
	q.prefix = prefix;
	q.level = entry.level;
	q.reason = texts_.text(entry.reason);
	q.by = texts_.text(entry.by);
	q.ticket = texts_.text(entry.extra);
	q.from = time_of(entry.from);
	if (entry.until_boot >= 0) q.until = Deadline{time_of(entry.until_wall), Milliseconds(entry.until_boot)};
	return q;
}

Exemption Book::exemption_of(const Prefix& prefix, const Entry& entry) const {
	Exemption e;
	e.id = entry.id;
	e.prefix = prefix;
	e.reason = texts_.text(entry.reason);
	e.by = texts_.text(entry.by);
	e.owner = texts_.text(entry.extra);
	e.from = time_of(entry.from);
	if (entry.until_boot >= 0) e.until = Deadline{time_of(entry.until_wall), Milliseconds(entry.until_boot)};
	return e;
}

std::optional<Quarantine> Book::find_quarantine(const Prefix& prefix) const {
	const auto found = quarantines_.find(prefix);
	if (found == quarantines_.end()) return std::nullopt;
	return quarantine_of(prefix, found->second);
}

std::optional<Exemption> Book::find_exemption(const Prefix& prefix) const {
	const auto found = exemptions_.find(prefix);
	if (found == exemptions_.end()) return std::nullopt;
	return exemption_of(prefix, found->second);
}

std::optional<Quarantine> Book::find_quarantine(std::uint64_t id) const {
	for (const auto& [prefix, entry] : quarantines_)
		if (entry.id == id) return quarantine_of(prefix, entry);
	return std::nullopt;
}

std::optional<Exemption> Book::find_exemption(std::uint64_t id) const {
	for (const auto& [prefix, entry] : exemptions_)
		if (entry.id == id) return exemption_of(prefix, entry);
	return std::nullopt;
}

std::optional<DecisionIndex::Found> Book::quarantine(const Prefix& exact) const {
	const auto found = quarantines_.find(exact);
	if (found == quarantines_.end()) return std::nullopt;
	return Found{found->second.level, found->second.id};
}

std::optional<std::uint64_t> Book::exemption(const Prefix& exact) const {
	const auto found = exemptions_.find(exact);
	if (found == exemptions_.end()) return std::nullopt;
	return found->second.id;
}

void Book::each_quarantine(const std::function<void(const Quarantine&)>& visit) const {
	for (const auto& [prefix, entry] : quarantines_) visit(quarantine_of(prefix, entry));
}

void Book::each_exemption(const std::function<void(const Exemption&)>& visit) const {
	for (const auto& [prefix, entry] : exemptions_) visit(exemption_of(prefix, entry));
}

void Book::each_standing(const std::function<void(const Standing&)>& visit) const {
	const auto deadline = [](const Entry& entry) -> std::optional<Deadline> {
		if (entry.until_boot < 0) return std::nullopt;
		return Deadline{time_of(entry.until_wall), Milliseconds(entry.until_boot)};
	};
	for (const auto& [prefix, entry] : quarantines_) visit({prefix, entry.level, deadline(entry)});
	for (const auto& [prefix, entry] : exemptions_) visit({prefix, std::nullopt, deadline(entry)});
}

std::optional<Milliseconds> Book::next_deadline() const {
	if (endings_.empty()) return std::nullopt;
	return Milliseconds(endings_.top().boot);
}

Book::Expired Book::take_expired(const Now& now, std::size_t most) {
	Expired expired;
	while (!endings_.empty() && endings_.top().boot <= now.boot.count() &&
	       expired.quarantines.size() + expired.exemptions.size() < most) {
		const Ending ending = endings_.top();
		endings_.pop();
		// What was ended or changed since has left its old ending behind.
		const Table& table = ending.is_exemption ? exemptions_ : quarantines_;
		const auto found = table.find(ending.prefix);
		if (found == table.end() || found->second.id != ending.id || found->second.until_boot != ending.boot) continue;
		if (ending.is_exemption)
			expired.exemptions.push_back(exemption_of(ending.prefix, found->second));
		else
			expired.quarantines.push_back(quarantine_of(ending.prefix, found->second));
	}
	return expired;
}

} // namespace gate25
