// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/volume_limits.h"

#include <algorithm>

namespace gate25 {
namespace {

bool concerns(const VolumeLimit& limit, const VolumeKey& key) {
	if (limit.match.empty()) return true;
	const auto subscriber = key.subscriber();
	return subscriber && std::any_of(limit.match.begin(), limit.match.end(),
	                                 [&](const Prefix& prefix) { return prefix.contains(*subscriber); });
}

void note(Exceeded& exceeded, const VolumeLimit& limit) {
	const bool is_enforced = limit.mode == Mode::enforce;
	const auto first = [&](const VolumeLimit*& place) {
		if (place == nullptr) place = &limit;
	};
	if (limit.then != Then::alert) first(is_enforced ? exceeded.refuse : exceeded.would_refuse);
	if (limit.then != Then::refuse) first(is_enforced ? exceeded.alert : exceeded.would_alert);
}

std::string_view events_text(Quantity quantity) {
	switch (quantity) {
	case Quantity::attempts: return "refused connections to port 25";
	case Quantity::attempted_destinations: return "mail servers that were tried in vain";
	case Quantity::connections: return "connections to port 25";
	case Quantity::destinations: return "mail servers that were reached";
	case Quantity::messages: return "messages";
	case Quantity::recipients: break;
	}
	return "recipients";
}

} // namespace

VolumeLimits::VolumeLimits(std::vector<VolumeLimit> limits) {
	for (VolumeLimit& limit : limits)
		by_activity_[static_cast<std::size_t>(activity_of(limit.limit.quantity))].push_back(std::move(limit));
}

Exceeded VolumeLimits::exceeded(const VolumeEntry& entry, const VolumeValues& values) const {
	Exceeded exceeded;
	for (const VolumeLimit& limit : by_activity_[static_cast<std::size_t>(entry.activity())])
		if (values.of(limit.limit.quantity, limit.limit.per) > limit.limit.most && concerns(limit, entry.key()))
			note(exceeded, limit);
	return exceeded;
}

std::vector<VolumeLimit> VolumeLimits::concerning(const VolumeKey& key) const {
	std::vector<VolumeLimit> all;
	for (const auto& limits : by_activity_)
		std::copy_if(limits.begin(), limits.end(), std::back_inserter(all),
		             [&](const VolumeLimit& limit) { return concerns(limit, key); });
	return all;
}

std::string excess_text(const VolumeEntry& entry, const Limit& limit, VolumeTime now) {
	// What was refused is not in the sums, and yet it is one more.
	const std::uint32_t value = std::max(entry.value(limit.quantity, limit.per, now), limit.most + 1);
	const std::string about = entry.is_estimated(limit.quantity, limit.per, now) ? "about " : "";
	const std::string_view article = limit.per == Window::hour ? "an " : "a ";
	return about + std::to_string(value) + ' ' + std::string(events_text(limit.quantity)) + " within " +
	       std::string(article) + std::string(window_text(limit.per)) + ", more than " + std::to_string(limit.most);
}

} // namespace gate25
