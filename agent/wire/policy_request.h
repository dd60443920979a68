// SPDX-License-Identifier: GPL-2.0-or-later
//
// The policy delegation protocol of Postfix (SMTPD_POLICY_README): a request is lines NAME=VALUE up to an empty one,
// and so is the answer, with the one name "action".
#pragma once

#include "core/relay_volume.h"

#include <string>
#include <string_view>

namespace gate25 {

inline constexpr std::size_t longest_policy_request = std::size_t{64} << 10U;
inline constexpr std::size_t longest_policy_text = 400; // an SMTP reply has lines of 512 at most (RFC 5321 4.5.3.1.5)

// The request without the empty line. Names that are not known here are passed over, as the protocol demands; of a
// name that comes twice the last counts.
[[nodiscard]] Result<MailRequest> parse_policy_request(std::string_view text);
// With the empty line. The text becomes one line of ASCII, cut after longest_policy_text bytes.
std::string spell_policy_answer(const MailAnswer& answer);

} // namespace gate25
