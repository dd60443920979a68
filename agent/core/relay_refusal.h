// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a user whose mail is above a limit reads in his mail program.
#pragma once

#include "core/relay_volume.h"

namespace gate25 {

struct MailExcess {
	const VolumeLimit& limit;
	const MailSender& sender;
	std::uint32_t value = 0; // before this mail
	std::uint32_t more = 0;  // that it would add
	// Until it fits, roughly. A mail that is above the limit by itself never does: this is not asked then.
	Seconds wait{};
};

// Such a mail is rejected for good whatever the limit's answer is: to come again would be in vain.
constexpr bool is_hopeless(const MailExcess& excess) { return excess.more > excess.limit.limit.most; }
MailAnswer mail_refusal(const MailExcess& excess, const std::string& help);

} // namespace gate25
