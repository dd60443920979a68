// SPDX-License-Identifier: GPL-2.0-or-later
//
// Bodies of requests about people: how to reach them, what they hold, and that they want out. As strict as
// wire/requests.h.
#pragma once

#include "core/address.h"
#include "core/assignment.h"

#include <optional>
#include <string>
#include <string_view>

namespace gate25 {

// What is left out stays as it is; an empty text clears it.
struct ContactRequest {
	std::optional<std::string> mail;
	std::optional<std::string> language; // lower case
};
[[nodiscard]] Result<ContactRequest> parse_contact(std::string_view body);

struct AssignmentRequest {
	Prefix prefix;
	PortRange ports;
	std::string subscriber;
	UnixTime from{};
	std::optional<UnixTime> until;
};
// `from` is `now` when it is left out, and never later; `until` is later than now.
[[nodiscard]] Result<AssignmentRequest> parse_assignment(std::string_view body, UnixTime now);

// An address or a subscriber.
struct SelfReleaseRequest {
	std::optional<Address> address;
	std::optional<std::uint16_t> port;
	std::string subscriber; // empty: by address
};
[[nodiscard]] Result<SelfReleaseRequest> parse_self_release(std::string_view body);

} // namespace gate25
