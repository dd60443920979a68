// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/book.h"

#include <algorithm>
#include <cstring>

namespace gate25 {
namespace {

constexpr std::size_t most_swept = 100'000;

std::uint32_t seconds_of(UnixTime time) {
	return static_cast<std::uint32_t>(std::clamp<std::int64_t>(time.time_since_epoch().count(), 0, UINT32_MAX));
}

UnixTime time_of(std::uint32_t seconds) { return UnixTime(Seconds(seconds)); }

std::optional<Deadline> deadline_of(const DecisionTable::Entry& entry) {
	if (entry.until_boot == DecisionTable::no_end) return std::nullopt;
	return Deadline{time_of(entry.until_wall), Milliseconds(entry.until_boot)};
}

// The texts of a decision are one text in the pool: the lengths of the first two, then all three.
using Lengths = std::array<std::uint32_t, 2>;

std::string joined(std::string_view reason, std::string_view by, std::string_view extra) {
	if (reason.empty() && by.empty() && extra.empty()) return {};
	const Lengths lengths{static_cast<std::uint32_t>(reason.size()), static_cast<std::uint32_t>(by.size())};
	std::string text(sizeof lengths, '\0');
	std::memcpy(text.data(), lengths.data(), sizeof lengths);
	return text.append(reason).append(by).append(extra);
}

} // namespace

template <class Decision> Book::Table::Entry Book::entry_of(const Decision& decision, const std::string& extra) {
	Table::Entry entry;
	entry.id = decision.id;
	entry.from = seconds_of(decision.from);
	if (decision.until) {
		entry.until_wall = seconds_of(decision.until->wall);
		// A time before the boot is over all the same, and -1 means something else.
		entry.until_boot = std::max<std::int64_t>(decision.until->boot.count(), 0);
	}
	entry.texts = texts_.add(joined(decision.reason, decision.by, extra));
	return entry;
}

Book::Texts Book::texts_of(const Table::Entry& entry) const {
	const std::string& text = texts_.text(entry.texts);
	if (text.empty()) return {};
	Lengths lengths;
	std::memcpy(lengths.data(), text.data(), sizeof lengths);
	const std::size_t by = sizeof lengths + lengths[0], extra = by + lengths[1];
	return {text.substr(sizeof lengths, lengths[0]), text.substr(by, lengths[1]), text.substr(extra)};
}

void Book::put(const Quarantine& quarantine) {
	Table::Entry entry = entry_of(quarantine, quarantine.ticket);
	entry.level = quarantine.level;
	entry.is_monitored = quarantine.is_monitored;
	erase_quarantine(quarantine.prefix);
	quarantines_.add(quarantine.prefix, entry);
	count(entry, true);
}

void Book::count(const Table::Entry& entry, bool is_there) {
	std::size_t& number = entry.is_monitored ? monitored_ : by_level_[static_cast<std::size_t>(entry.level)];
	if (is_there) ++number;
	else --number;
}

void Book::put(const Exemption& exemption) {
	const Table::Entry entry = entry_of(exemption, exemption.owner);
	erase_exemption(exemption.prefix);
	exemptions_.add(exemption.prefix, entry);
}

void Book::erase_quarantine(const Prefix& prefix) {
	const auto taken = quarantines_.take(prefix);
	if (!taken) return;
	texts_.release(taken->texts);
	count(*taken, false);
}

void Book::erase_exemption(const Prefix& prefix) {
	if (const auto taken = exemptions_.take(prefix)) texts_.release(taken->texts);
}

Quarantine Book::quarantine_of(const Prefix& prefix, const Table::Entry& entry) const {
	Texts texts = texts_of(entry);
	Quarantine q;
	q.id = entry.id;
	q.prefix = prefix;
	q.level = entry.level;
	q.is_monitored = entry.is_monitored;
	q.reason = std::move(texts.reason);
	q.by = std::move(texts.by);
	q.ticket = std::move(texts.extra);
	q.from = time_of(entry.from);
	q.until = deadline_of(entry);
	return q;
}

Exemption Book::exemption_of(const Prefix& prefix, const Table::Entry& entry) const {
	Texts texts = texts_of(entry);
	Exemption e;
	e.id = entry.id;
	e.prefix = prefix;
	e.reason = std::move(texts.reason);
	e.by = std::move(texts.by);
	e.owner = std::move(texts.extra);
	e.from = time_of(entry.from);
	e.until = deadline_of(entry);
	return e;
}

std::optional<Quarantine> Book::find_quarantine(const Prefix& prefix) const {
	const Table::Entry* found = quarantines_.find(prefix);
	if (found == nullptr) return std::nullopt;
	return quarantine_of(prefix, *found);
}

std::optional<Exemption> Book::find_exemption(const Prefix& prefix) const {
	const Table::Entry* found = exemptions_.find(prefix);
	if (found == nullptr) return std::nullopt;
	return exemption_of(prefix, *found);
}

std::optional<Standing> Book::quarantine_standing(const Prefix& prefix) const {
	const Table::Entry* found = quarantines_.find(prefix);
	if (found == nullptr || found->is_monitored) return std::nullopt;
	return Standing{prefix, found->level, deadline_of(*found)};
}

std::optional<Standing> Book::exemption_standing(const Prefix& prefix) const {
	const Table::Entry* found = exemptions_.find(prefix);
	if (found == nullptr) return std::nullopt;
	return Standing{prefix, std::nullopt, deadline_of(*found)};
}

std::optional<Quarantine> Book::find_quarantine(std::uint64_t id) const {
	std::optional<Quarantine> found;
	quarantines_.each([&](const Prefix& prefix, const Table::Entry& entry) {
		if (entry.id == id) found = quarantine_of(prefix, entry);
	});
	return found;
}

std::optional<Exemption> Book::find_exemption(std::uint64_t id) const {
	std::optional<Exemption> found;
	exemptions_.each([&](const Prefix& prefix, const Table::Entry& entry) {
		if (entry.id == id) found = exemption_of(prefix, entry);
	});
	return found;
}

std::optional<DecisionIndex::Found> Book::quarantine(const Prefix& exact) const {
	const Table::Entry* found = quarantines_.find(exact);
	if (found == nullptr || found->is_monitored) return std::nullopt;
	return Found{found->level, found->id};
}

std::optional<std::uint64_t> Book::exemption(const Prefix& exact) const {
	const Table::Entry* found = exemptions_.find(exact);
	if (found == nullptr) return std::nullopt;
	return found->id;
}

void Book::each_quarantine(const std::function<void(const Quarantine&)>& visit) const {
	quarantines_.each([&](const Prefix& prefix, const Table::Entry& entry) { visit(quarantine_of(prefix, entry)); });
}

void Book::each_exemption(const std::function<void(const Exemption&)>& visit) const {
	exemptions_.each([&](const Prefix& prefix, const Table::Entry& entry) { visit(exemption_of(prefix, entry)); });
}

void Book::each_standing(const std::function<void(const Standing&)>& visit) const {
	quarantines_.each([&](const Prefix& prefix, const Table::Entry& entry) {
		if (!entry.is_monitored) visit({prefix, entry.level, deadline_of(entry)});
	});
	exemptions_.each([&](const Prefix& prefix, const Table::Entry& entry) {
		visit({prefix, std::nullopt, deadline_of(entry)});
	});
}

Book::Expired Book::take_expired(const Now& now, std::size_t most) {
	Expired expired;
	const auto is_full = [&] { return expired.quarantines.size() + expired.exemptions.size() >= most; };
	quarantines_.sweep(now.boot, most_swept, [&](const Prefix& prefix, const Table::Entry& entry) {
		if (is_full()) return false;
		expired.quarantines.push_back(quarantine_of(prefix, entry));
		return true;
	});
	exemptions_.sweep(now.boot, most_swept, [&](const Prefix& prefix, const Table::Entry& entry) {
		if (is_full()) return false;
		expired.exemptions.push_back(exemption_of(prefix, entry));
		return true;
	});
	return expired;
}

} // namespace gate25
