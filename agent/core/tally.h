// SPDX-License-Identifier: GPL-2.0-or-later
//
// What was said of a subscriber, added up for ever: alerts of each kind, each times its count and its reporter's
// weight. The score follows from it and from the weights that are configured now.
#pragma once

#include "core/alert.h"
#include "core/config.h"

#include <array>
#include <optional>
#include <string>

namespace gate25 {

// What the kinds count as.
enum class TallyKind : std::uint8_t { ham, spam, missed_spam, bot, malware };
inline constexpr std::array<TallyKind, 5> all_tally_kinds{TallyKind::ham, TallyKind::spam, TallyKind::missed_spam,
                                                          TallyKind::bot, TallyKind::malware};
std::string_view tally_text(TallyKind kind);
// not-spam counts as ham (RFC 6430 1.1: one more signal, no override); other as nothing.
std::optional<TallyKind> tally_kind(AlertKind kind);

struct Tally {
	std::array<Points, all_tally_kinds.size()> sums{}; // in hundredths of an alert of weight 1
	// Never overflows: a sum stays at its bound.
	void add(AlertKind kind, std::uint32_t count, Points weight);
	Points of(TallyKind kind) const { return sums[static_cast<std::size_t>(kind)]; }
	friend bool operator==(const Tally&, const Tally&) = default;
};

// What one sum adds to the score, ham up to its cap.
Points points_of(const ScoreRules& rules, const Tally& tally, TallyKind kind);
Points score_of(const ScoreRules& rules, const Tally& tally);
// "-2.5"
std::string points_text(Points points);

} // namespace gate25
