// SPDX-License-Identifier: GPL-2.0-or-later
//
// Records of one hour and one activity as bytes for a file: some ten for each record. Sorted by key, so that a key is
// the distance from the one before. Numbers are varints of seven bits a byte, the lowest first:
//
//     1                       the version
//     groups:
//       kind                  a byte, see core/volume_key.h; each kind once, in rising order
//       count                 at least 1
//       records:
//         key                 the first one's number; then how many numbers lie between it and the one before.
//                             A user's: his 16 bytes
//         events, refused
//         first, second       each: the peak of the minute, and how much the next ones differ from it (zigzag)
#pragma once

#include "core/result.h"
#include "core/volume_record.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

// The order of records in a blob.
bool is_before(const VolumeKey& a, const VolumeKey& b);

// They have the same hour and activity, rise by is_before(), and are not none.
std::string pack_records(std::span<const VolumeRecord> records);

inline constexpr std::size_t most_packed_records = 4096;
// What pack_records() made of at most so many records, and nothing else: any other bytes are an error.
[[nodiscard]] Result<std::vector<VolumeRecord>> unpack_records(std::uint32_t hour, Activity activity, std::string_view blob);

} // namespace gate25
