// SPDX-License-Identifier: GPL-2.0-or-later
//
// A mail with an OpenPGP signature (PGP/MIME, RFC 3156) taken apart: which bytes are signed, exactly.
#pragma once

#include "core/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace gate25 {

// By the beginning of a text of any format. nullopt: more of it is needed; not if that is all, or 256 KiB.
std::optional<bool> is_signed_mail(std::string_view beginning, bool is_all);

struct SignedMail {
	std::string content;   // the first part with CRLF line ends (RFC 3156 5)
	std::string signature; // decoded
	// Something but blanks follows it. In an mbox that may be another mail.
	bool has_more = false;
};
// Of what is_signed_mail(). An error says which rule is broken.
[[nodiscard]] Result<SignedMail> open_signed_mail(std::string_view mail);

} // namespace gate25
