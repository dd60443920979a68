// SPDX-License-Identifier: GPL-2.0-or-later
//
// The sums of mail through the relay, for those who count it (core/relay_volume.h).
#pragma once

#include "core/relay_volume.h"
#include "flow/volume.h"

namespace gate25 {

class VolumeMail : public MailSums {
public:
	explicit VolumeMail(Volume& volume) : volume_(volume) {}
	std::uint32_t value(const VolumeKey& key, Quantity quantity, Window window, VolumeTime at) const override;
	void add(const MailSender& sender, std::uint32_t messages, std::uint32_t recipients, VolumeTime now) override;
	void add_refused(const MailSender& sender, VolumeTime now) override;
	void alert(const MailOver& over, VolumeTime now) override;

private:
	VolumeEntry& entry_of(const MailSender& sender, VolumeTime now);
	Volume& volume_;
};

} // namespace gate25
