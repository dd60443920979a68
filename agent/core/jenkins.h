// SPDX-License-Identifier: GPL-2.0-or-later
//
// The hash by which redirect.nft shares subscribers out over several relays, so that `explain` can name the
// relay: jhash() of include/linux/jhash.h over the masked address in network order, scaled as
// reciprocal_scale() of include/linux/kernel.h does it (net/netfilter/nft_hash.c).
#pragma once

#include "core/address.h"

#include <cstdint>

namespace gate25 {

inline constexpr std::uint32_t redirect_seed = 0x25; // `seed` in redirect.nft
inline constexpr unsigned redirect_places = 12;      // `mod` in redirect.nft

std::uint32_t jenkins_hash(std::span<const std::uint8_t> bytes, std::uint32_t seed);
// 0 to redirect_places - 1, for a subscriber's masked address.
unsigned redirect_place(const Address& masked);

} // namespace gate25
