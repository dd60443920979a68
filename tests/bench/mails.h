// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reports as feedback loops send them, with an enclosed spam of some kilobytes.
#pragma once

#include <fmt/format.h>
#include <string>
#include <string_view>

namespace bench {

// `arrival`: of the spam, RFC 5322.
inline std::string arf_mail(std::size_t number, std::string_view address, std::string_view arrival) {
	constexpr std::size_t enclosed_lines = 100;
	std::string text =
	    fmt::format("Received: from mx.reporter.example (mx.reporter.example [192.0.2.9])\r\n"
	                "\tby mx.provider.example with ESMTPS id {0}; {2}\r\n"
	                "From: Reports <fbl@reporter.example>\r\nTo: abuse@provider.example\r\n"
	                "Subject: FW: watches {0}\r\nMessage-ID: <{0}@reporter.example>\r\nMIME-Version: 1.0\r\n"
	                "Content-Type: multipart/report; report-type=feedback-report;\r\n boundary=\"part-{0}\"\r\n\r\n"
	                "--part-{0}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nAn abuse report.\r\n"
	                "--part-{0}\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
	                "User-Agent: Reporter/2.1\r\nVersion: 1\r\nArrival-Date: {2}\r\n"
	                "Original-Mail-From: <win@watches.example>\r\nOriginal-Rcpt-To: <redacted@reporter.example>\r\n"
	                "Source-IP: {1}\r\nSource-Port: 40123\r\n\r\n--part-{0}\r\nContent-Type: message/rfc822\r\n\r\n"
	                "Received: from pc (pc.example [{1}]) by mx.reporter.example; {2}\r\n"
	                "From: win@watches.example\r\nSubject: watches\r\n\r\n",
	                number, address, arrival);
	for (std::size_t i = 0; i < enclosed_lines; ++i)
		text += "Fine watches, nearly free, only today, only for you and your friends.\r\n";
	return text + fmt::format("\r\n--part-{}--\r\n", number);
}

} // namespace bench
