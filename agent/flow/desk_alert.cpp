// SPDX-License-Identifier: GPL-2.0-or-later
//
// From an alert to a decision: whom it concerns, whether it accuses, whether he is held already.
#include "flow/desk.h"

namespace gate25 {
namespace {

std::string reason_of(const Alert& alert, const std::string& by) {
	std::string text = std::string(kind_text(alert.kind)) + " reported by " + (alert.reporter.empty() ? by : alert.reporter);
	if (alert.count > 1) text += ", " + std::to_string(alert.count) + " times";
	return text;
}

// Whoever holds the address at the moment is in quarantine already, at this or at a shorter prefix.
std::optional<Quarantine> standing_over(const Book& book, const Network& network, const Address& address) {
	for (const Prefix& prefix : decision_prefixes(network, address))
		if (auto found = book.find_quarantine(prefix)) return found;
	return std::nullopt;
}

} // namespace

Result<AlertRow> Desk::alert(Transaction& transaction, const Alert& alert, const std::string& by) const {
	const Config& config = policy_.config();
	const Prefix subscriber = subscriber_of(config.network, alert.address);
	if (auto objection = objection_to(config.network, subscriber, "reported")) return fail(*objection);
	AlertRow row;
	row.id = transaction.new_id();
	row.received = transaction.now().wall;
	row.alert = alert;
	row.by = by;
	if (!is_accusation(alert.kind)) {
		row.outcome = "recorded";
		row.why = std::string(kind_text(alert.kind)) + " does not accuse the subscriber";
	} else if (const auto held = standing_over(transaction.book(), config.network, alert.address)) {
		row.outcome = "recorded";
		row.why = held->prefix.text() + " is in quarantine already, number " + std::to_string(held->id);
		row.decision = held->id;
	} else {
		QuarantineRequest request;
		request.prefix = subscriber;
		request.reason = reason_of(alert, by);
		const auto quarantine = this->quarantine(transaction, request, by);
		if (!quarantine) return fail(quarantine.error());
		row.outcome = "decided";
		row.why = request.reason;
		row.decision = quarantine->id;
	}
	transaction.add(row);
	// Its row says who, when, what and why, and is never changed: it is its own line of the audit.
	return row;
}

} // namespace gate25
