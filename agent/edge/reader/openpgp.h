// SPDX-License-Identifier: GPL-2.0-or-later
//
// The only place that knows GPGME: what a detached signature is worth by a keyring and the trust in it.
#pragma once

#include "core/result.h"
#include "core/signature.h"
#include "core/time.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

struct Verified {
	Signature signature;
	std::optional<UnixTime> made; // as the signature that counts says
};

// Starts gpg. An error: it could not do its work, which says nothing about the signature.
[[nodiscard]] Result<Verified> verify_signature(const std::string& home, std::string_view text,
                                                std::string_view signature, const std::vector<std::string>& keys);

} // namespace gate25
