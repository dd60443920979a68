// SPDX-License-Identifier: GPL-2.0-or-later
//
// The machine's part of an ARF report (RFC 5965, 6430, 6590, 6591, 6692) as a value.
#pragma once

#include "core/report.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gate25::reports {

// A mail with one message/feedback-report, taken apart.
struct ArfMail {
	std::string_view fields;                  // the message/feedback-report, decoded
	std::optional<std::string_view> enclosed; // the mail that is complained about, or its header
	std::string_view message_id;              // of the report itself
	std::string_view from;
};

Report read_arf(const ArfMail& mail);

// The client that handed a mail over to the reporter, from the Received fields of that mail.
struct Handover {
	std::optional<Address> address;
	std::optional<UnixTime> at;
	std::vector<Address> named; // every client in every Received field
	bool names(const Address& one) const;
};
Handover read_received(std::string_view header);

// The client's address in one Received field, as the receiving server saw it and not as the client called itself.
std::optional<Address> client_of(std::string_view received);

} // namespace gate25::reports
