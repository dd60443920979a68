// SPDX-License-Identifier: GPL-2.0-or-later
//
// The key of a subscriber: what is decided and remembered of a person stands under it, as what is decided of an address
// stands under its prefix. It is an address of the discard-only block 100::/64 (RFC 6666), which can be nobody's:
// so books, rows and sums that go by prefix serve for people too, and nothing needs to exist twice. It is
// never an element of a set: the prefixes that the subscriber holds now stand there for it (core/holders.h).
#pragma once

#include "core/address.h"

#include <string>
#include <string_view>

namespace gate25 {

// RFC 2865 5: a RADIUS attribute holds no more.
inline constexpr std::size_t longest_subscriber_id = 253;

// As the sources write it: 1 to 253 bytes of UTF-8, no control characters, no white space at either end. "Anna" and
// "anna" are two. Errors say what is wrong with it.
[[nodiscard]] Result<std::string> parse_subscriber_id(std::string_view text);

// A /128, the same on every machine and for ever: the first 64 bits of the name's SHA-256, since who chooses his own name (that
// of his machine, say) must not find one that meets another's. Two that meet by chance are told apart by nobody: whoever keeps
// names refuses the second one (one in 10^7 for a million of them).
Prefix subscriber_key(std::string_view id);
// What `bits` of a key look like again.
Prefix subscriber_key_of(std::uint64_t bits);
std::uint64_t subscriber_bits(const Prefix& key);
bool is_subscriber_key(const Prefix& prefix);

} // namespace gate25
