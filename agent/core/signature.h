// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an OpenPGP signature (RFC 4880; PGP/MIME: RFC 3156) round a report proves, by the provider's keyring.
#pragma once

#include "core/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

enum class SignatureState : std::uint8_t {
	none,        // the report is not signed
	good,        // by a key with at least one fully valid user id
	untrusted,   // good by itself, but the keyring does not vouch for the key (GnuPG: validity below full)
	unknown_key, // the key is not at hand
	bad          // the text was altered, or the key is expired, revoked, or the signature cannot be read
};
std::string_view signature_text(SignatureState state); // "unknown-key"
[[nodiscard]] Result<SignatureState> parse_signature(std::string_view text);

struct Signature {
	SignatureState state = SignatureState::none;
	std::string key; // fingerprint, or the 64-bit key id when that is all the signature tells; upper-case hex
	std::vector<std::string> addresses; // of the fully valid user ids, lower case; only when good
	std::string why;                    // one sentence, for everything but none
};

} // namespace gate25
