// SPDX-License-Identifier: GPL-2.0-or-later
//
// The words that stand in the configuration file for the enumerators of core/config.h.
#pragma once

#include "core/config.h"

#include <array>
#include <span>
#include <string_view>

namespace gate25::config_file {

template <class Enum> struct Word {
	std::string_view text;
	Enum value;
};

inline constexpr std::array<Word<PolicyAction>, 3> policy_words{
    {{"block", PolicyAction::block}, {"redirect", PolicyAction::redirect}, {"open", PolicyAction::open}}};
inline constexpr std::array<Word<Deny>, 3> deny_words{
    {{"reset", Deny::reset}, {"drop", Deny::drop}, {"notice", Deny::notice}}};
inline constexpr std::array<Word<RedirectTo>, 2> redirect_words{
    {{"same-host", RedirectTo::same_host}, {"relay", RedirectTo::relay}}};
inline constexpr std::array<Word<Tunnels>, 2> tunnel_words{{{"allow", Tunnels::allow}, {"drop", Tunnels::drop}}};
inline constexpr std::array<Word<Level>, 5> level_words{{{"notify", Level::notify},
                                                         {"limit", Level::limit},
                                                         {"port25", Level::port25},
                                                         {"mail", Level::mail},
                                                         {"garden", Level::garden}}};
inline constexpr std::array<Word<Mode>, 2> mode_words{{{"enforce", Mode::enforce}, {"monitor", Mode::monitor}}};
inline constexpr std::array<Word<Verdicts>, 4> verdict_words{{{"auto", Verdicts::automatic},
                                                              {"queue", Verdicts::queue},
                                                              {"meters", Verdicts::meters},
                                                              {"external", Verdicts::external}}};
inline constexpr std::array<Word<Fail>, 2> fail_words{{{"open", Fail::open}, {"closed", Fail::closed}}};
inline constexpr std::array<Word<Then>, 3> then_words{
    {{"refuse", Then::refuse}, {"alert", Then::alert}, {"refuse-and-alert", Then::refuse_and_alert}}};
inline constexpr std::array<Word<RelayAnswer>, 2> answer_words{
    {{"defer", RelayAnswer::defer}, {"reject", RelayAnswer::reject}}};
inline constexpr std::array<Word<RadiusName>, 4> radius_name_words{{{"user-name", RadiusName::user_name},
                                                                    {"class", RadiusName::class_},
                                                                    {"calling-station-id", RadiusName::calling_station_id},
                                                                    {"chargeable-user-identity", RadiusName::chargeable_user_identity}}};
inline constexpr std::array<Word<UnknownHolder>, 2> unknown_words{
    {{"prefix", UnknownHolder::prefix}, {"aside", UnknownHolder::aside}}};
inline constexpr std::array<Word<LeaseKind>, 4> lease_kind_words{
    {{"kea", LeaseKind::kea}, {"kea-file", LeaseKind::kea_file}, {"dnsmasq", LeaseKind::dnsmasq}, {"csv", LeaseKind::csv}}};
inline constexpr std::array<Word<LeaseName>, 3> lease_name_words{
    {{"hw-address", LeaseName::hw_address}, {"client-id", LeaseName::client_id}, {"hostname", LeaseName::hostname}}};
inline constexpr std::array<unsigned, 4> queue_counts{1, 2, 4, 8};
inline constexpr std::array<unsigned, 7> limits{1, 2, 5, 10, 20, 50, 100};

template <class Enum, std::size_t size>
constexpr std::string_view word_for(const std::array<Word<Enum>, size>& words, Enum value) {
	for (const auto& word : words)
		if (word.value == value) return word.text;
	return {};
}

} // namespace gate25::config_file
