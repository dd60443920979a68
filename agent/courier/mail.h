// SPDX-License-Identifier: GPL-2.0-or-later
//
// One notice as a mail: header fields (RFC 5322, RFC 2047, RFC 3834) and what a relay's answer means (RFC 5321 4.2.1).
#pragma once

#include "core/time.h"
#include "courier/template_set.h"
#include "wire/notice_address.h"

#include <string>
#include <vector>

namespace gate25 {

struct Mail {
	std::string relay; // with the name for EHLO: "smtp://192.0.2.25:25/router.example.net"
	Mailbox from;
	std::string to;
	std::vector<std::string> header; // "Name: value", ASCII, without line ends
	NoticeText text;
};

// The Message-ID is the same however often it is sent: a mail sent twice can be told.
Mail mail_of(std::uint64_t notice, UnixTime made, const std::string& to, NoticeText text, const NoticeRules& rules,
             const std::string& own_name, UnixTime now);

// "=?utf-8?B?...?=" in words of at most 75 characters when it is not ASCII (RFC 2047 2).
std::string header_text(std::string_view text);
// "Sun, 22 Nov 2026 15:04:05 +0000"
std::string mail_date(UnixTime time);

} // namespace gate25
