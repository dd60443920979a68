// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a reporter says happened, and who vouches for it.
#pragma once

#include "core/address.h"
#include "core/time.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

enum class AlertKind : std::uint8_t { spam, missed_spam, ham, not_spam, bot, malware, other };
inline constexpr std::array<AlertKind, 7> all_alert_kinds{AlertKind::spam,     AlertKind::missed_spam, AlertKind::ham,
                                                          AlertKind::not_spam, AlertKind::bot,         AlertKind::malware,
                                                          AlertKind::other};
std::string_view kind_text(AlertKind kind); // "missed-spam"
[[nodiscard]] Result<AlertKind> parse_kind(std::string_view text);
// Whether it speaks against the subscriber at all.
constexpr bool is_accusation(AlertKind kind) {
	return kind == AlertKind::spam || kind == AlertKind::missed_spam || kind == AlertKind::bot ||
	       kind == AlertKind::malware;
}

struct Endpoint {
	Address address;
	std::optional<std::uint16_t> port;
	friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// In rows and in JSON under the names of format_text().
enum class ReportFormat : std::uint8_t { arf, xarf3, xarf4, eve, json, unknown };
inline constexpr std::array<ReportFormat, 6> all_report_formats{ReportFormat::arf,   ReportFormat::xarf3,
                                                                ReportFormat::xarf4, ReportFormat::eve,
                                                                ReportFormat::json,  ReportFormat::unknown};
std::string_view format_text(ReportFormat format);
[[nodiscard]] Result<ReportFormat> parse_format(std::string_view text);

struct Alert {
	Address address;
	AlertKind kind = AlertKind::spam;
	std::string reporter;              // as it calls itself, forgeable; empty: it does not say
	std::optional<UnixTime> at;        // when it happened; empty: now
	std::optional<std::uint16_t> port; // source port, for carrier-grade NAT; never 25, which is the server's
	std::uint32_t count = 1;
	// The same report sent twice has the same: Message-ID, XARF's report id, EVE's flow and signature. Empty: none.
	std::string id;
	ReportFormat format = ReportFormat::json;
	// The address is not from the format's own field but from a Received field, or other addresses stand there.
	bool is_weak = false;
	std::string evidence; // for the subscriber to read; names no recipient and no third party. May be empty.
};

// How an alert came: what the kernel says of the peer, and what a signature says. Kept with the alert, so that
// another configuration can be asked later whom it believes.
struct Voucher {
	std::string user;      // the peer's name: "suricata", "uid 1234"
	bool is_desk = false;  // root, the agent itself, a member of [agent] group
	bool is_named = false; // a user that [agent] alert_users names; "*" names nobody
	bool is_mail = false;  // the peer only delivers what somebody else has written
	// The mail addresses that a good signature by a key that is fully valid by the web of trust proves. Lower case.
	std::vector<std::string> signers;
};

} // namespace gate25
