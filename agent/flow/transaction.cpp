// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/transaction.h"

namespace gate25 {
namespace {

template <class Decision> std::optional<Standing> standing_or_none(const std::optional<Decision>& decision) {
	if (!decision) return std::nullopt;
	return standing(*decision);
}

} // namespace

void Transaction::restore_quarantine(const Prefix& prefix) {
	undo_.push_back([this, prefix, before = book_.find_quarantine(prefix)] {
		book_.erase_quarantine(prefix);
		if (before) book_.put(*before);
	});
}

void Transaction::restore_exemption(const Prefix& prefix) {
	undo_.push_back([this, prefix, before = book_.find_exemption(prefix)] {
		book_.erase_exemption(prefix);
		if (before) book_.put(*before);
	});
}

void Transaction::put(const Quarantine& quarantine) {
	restore_quarantine(quarantine.prefix);
	moved_.push_back({standing_or_none(book_.find_quarantine(quarantine.prefix)), standing(quarantine)});
	book_.put(quarantine);
	rows_.emplace_back(quarantine);
}

void Transaction::put(const Exemption& exemption) {
	restore_exemption(exemption.prefix);
	moved_.push_back({standing_or_none(book_.find_exemption(exemption.prefix)), standing(exemption)});
	book_.put(exemption);
	rows_.emplace_back(exemption);
}

void Transaction::end(Quarantine quarantine, const std::string& by, const std::string& reason) {
	restore_quarantine(quarantine.prefix);
	moved_.push_back({standing(quarantine), std::nullopt});
	book_.erase_quarantine(quarantine.prefix);
	quarantine.ended = now_.wall;
	quarantine.ended_by = by;
	quarantine.ended_reason = reason;
	rows_.emplace_back(std::move(quarantine));
}

void Transaction::end(Exemption exemption, const std::string& by, const std::string& reason) {
	restore_exemption(exemption.prefix);
	moved_.push_back({standing(exemption), std::nullopt});
	book_.erase_exemption(exemption.prefix);
	exemption.ended = now_.wall;
	exemption.ended_by = by;
	exemption.ended_reason = reason;
	rows_.emplace_back(std::move(exemption));
}

void Transaction::audit(const std::string& who, const std::string& what, const std::string& subject,
                        const std::string& why, std::uint64_t decision) {
	AuditRow row;
	row.id = new_id();
	row.at = now_.wall;
	row.who = who;
	row.what = what;
	row.subject = subject;
	row.why = why;
	row.decision = decision;
	rows_.emplace_back(std::move(row));
}

void Transaction::undo() {
	for (auto step = undo_.rbegin(); step != undo_.rend(); ++step) (*step)();
	undo_.clear();
}

} // namespace gate25
