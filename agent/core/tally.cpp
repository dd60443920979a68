// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/tally.h"

#include <algorithm>

namespace gate25 {

namespace {

// Far beyond what is ever said, far below what overflows when it is multiplied by a weight.
constexpr Points most_summed = 1'000'000'000'000;

Points weight_of(const ScoreRules& rules, TallyKind kind) {
	switch (kind) {
	case TallyKind::ham: return rules.ham;
	case TallyKind::spam: return rules.spam;
	case TallyKind::missed_spam: return rules.missed_spam;
	case TallyKind::bot: return rules.bot;
	case TallyKind::malware: break;
	}
	return rules.malware;
}

} // namespace

std::string_view tally_text(TallyKind kind) {
	switch (kind) {
	case TallyKind::ham: return "ham";
	case TallyKind::spam: return "spam";
	case TallyKind::missed_spam: return "missed-spam";
	case TallyKind::bot: return "bot";
	case TallyKind::malware: break;
	}
	return "malware";
}

std::optional<TallyKind> tally_kind(AlertKind kind) {
	switch (kind) {
	case AlertKind::spam: return TallyKind::spam;
	case AlertKind::missed_spam: return TallyKind::missed_spam;
	case AlertKind::ham:
	case AlertKind::not_spam: return TallyKind::ham;
	case AlertKind::bot: return TallyKind::bot;
	case AlertKind::malware: return TallyKind::malware;
	case AlertKind::other: break;
	}
	return std::nullopt;
}

void Tally::add(AlertKind kind, std::uint32_t count, Points weight) {
	const auto counted = tally_kind(kind);
	if (!counted) return;
	Points& sum = sums[static_cast<std::size_t>(*counted)];
	sum = std::clamp<Points>(sum + weight * count, 0, most_summed);
}

Points points_of(const ScoreRules& rules, const Tally& tally, TallyKind kind) {
	const Points points = tally.of(kind) * weight_of(rules, kind) / one_point;
	return kind == TallyKind::ham ? std::min(points, rules.ham_most) : points;
}

Points score_of(const ScoreRules& rules, const Tally& tally) {
	Points score = 0;
	for (const TallyKind kind : all_tally_kinds) score += points_of(rules, tally, kind);
	return score;
}

std::string points_text(Points points) {
	std::string text = points < 0 ? "-" : "";
	const Points size = points < 0 ? -points : points;
	text += std::to_string(size / one_point);
	const Points rest = size % one_point;
	if (rest == 0) return text;
	text += '.';
	text += static_cast<char>('0' + rest / 10);
	if (rest % 10 != 0) text += static_cast<char>('0' + rest % 10);
	return text;
}

} // namespace gate25
