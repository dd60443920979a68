// SPDX-License-Identifier: GPL-2.0-or-later
//
// What one abuse report says, before anybody trusts it. wire/report.h fills it from mail and JSON. Whether the
// reporter is who he says, whose address it was at that time, and what follows is decided elsewhere.
#pragma once

#include "core/alert.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gate25 {

enum class ReportOutcome : std::uint8_t {
	parsed, // understood, and it names an address
	aside,  // for a person: no report, no address, or of a kind that nobody has agreed on
	refused // malformed: it breaks the rules of its own format
};
std::string_view outcome_text(ReportOutcome outcome);

// Where the address was found.
enum class AddressOrigin : std::uint8_t {
	none,
	source_field, // the field that the format has for it
	received      // ARF without Source-IP: the enclosed message's Received fields
};
std::string_view origin_text(AddressOrigin origin);

// Whether the Received fields of the enclosed message name the address too.
enum class Corroboration : std::uint8_t {
	none, // there are no such fields, or the address came from them
	agrees,
	differs // they name others only; some reporters enclose what was forwarded, so that proves nothing
};
std::string_view corroboration_text(Corroboration corroboration);

// Every text is one line: control characters are escaped, UTF-8 is whole.
struct Report {
	ReportFormat format = ReportFormat::unknown;
	ReportOutcome outcome = ReportOutcome::refused;
	std::string why; // one sentence; of a refused one: which field, what was expected, what was given
	AlertKind kind = AlertKind::other;
	// Set whenever it was readable, also when the outcome is not parsed.
	std::optional<Address> address;
	std::optional<std::uint16_t> port; // source port for carrier-grade NAT; never 25, which is the server's
	std::optional<UnixTime> at;
	std::optional<Endpoint> other; // EVE: the flow's other end
	std::string reporter;          // as it calls itself, forgeable
	// The same report sent twice has the same: Message-ID, XARF's report id, EVE's flow and signature.
	std::string id;
	std::string type; // as it was written: "abuse", "messaging/spam", "A Network Trojan was detected"
	std::uint32_t count = 1;
	AddressOrigin origin = AddressOrigin::none;
	Corroboration corroboration = Corroboration::none;
	std::string evidence; // for the subscriber to read; names no recipient and no third party
};

// An IDS sees both ends of a flow and does not know who is the subscriber. When only the other end lies in one
// of these prefixes, the ends change places; when both do, the one that the IDS calls the source stays.
void choose_subscriber(Report& report, std::span<const Prefix> subscribers);

// The alert that a parsed report amounts to; nullopt for any other outcome.
std::optional<Alert> alert_of(const Report& report);

} // namespace gate25
