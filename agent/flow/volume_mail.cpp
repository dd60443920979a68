// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/volume_mail.h"

namespace gate25 {

std::uint32_t VolumeMail::value(const VolumeKey& key, Quantity quantity, Window window, VolumeTime at) const {
	const VolumeEntry* entry = volume_.is_enabled() ? volume_.book()->find(key, Activity::mail) : nullptr;
	return entry == nullptr ? 0 : entry->value(quantity, window, at);
}

VolumeEntry& VolumeMail::entry_of(const MailSender& sender, VolumeTime now) {
	if (sender.key.is_user()) volume_.remember_user(sender.key, sender.user);
	return volume_.entry(sender.key, Activity::mail, now);
}

void VolumeMail::add(const MailSender& sender, std::uint32_t messages, std::uint32_t recipients, VolumeTime now) {
	if (volume_.is_enabled()) entry_of(sender, now).add_mail(messages, recipients, now);
}

void VolumeMail::add_refused(const MailSender& sender, VolumeTime now) {
	if (volume_.is_enabled()) entry_of(sender, now).add_refused(now);
}

void VolumeMail::alert(const MailOver& over, VolumeTime now) {
	if (!volume_.is_enabled()) return;
	Exceeded exceeded;
	(over.limit.mode == Mode::enforce ? exceeded.alert : exceeded.would_alert) = &over.limit;
	volume_.raise(entry_of(over.sender, now), exceeded, over.client, now);
}

} // namespace gate25
