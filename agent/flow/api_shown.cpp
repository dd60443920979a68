// SPDX-License-Identifier: GPL-2.0-or-later
//
// Rows as people see them: a subscriber by his name and by what he holds now, never by his key.
#include "flow/api.h"
#include "wire/answers.h"

namespace gate25 {

namespace json = boost::json;

void Api::name_party(json::object& row, const Prefix& party) const {
	const bool is_person = is_subscriber_key(party);
	json::array prefixes;
	for (const Prefix& place : agent_.coverage().places(party)) prefixes.push_back(json::value(place.text()));
	row["prefix"] = prefixes.empty() ? json::value(nullptr) : prefixes.front();
	row["subscriber"] = is_person ? json::value(agent_.name_of(party)) : json::value(nullptr);
	row["prefixes"] = std::move(prefixes);
}

json::object Api::shown(const Quarantine& quarantine) const {
	json::object row = json_of(quarantine, agent_.now());
	name_party(row, quarantine.prefix);
	return row;
}

json::object Api::shown(const Exemption& exemption) const {
	json::object row = json_of(exemption, agent_.now());
	name_party(row, exemption.prefix);
	return row;
}

json::object Api::shown(const AlertRow& alert) const {
	json::object row = json_of(alert);
	row["subscriber"] = agent_.name_of(alert.subscriber);
	return row;
}

json::object Api::shown(const AuditRow& audit) const {
	json::object row = json_of(audit);
	if (const auto party = Prefix::parse(audit.subject); party && is_subscriber_key(*party)) row["subject"] = agent_.name_of(*party);
	return row;
}

} // namespace gate25
