// SPDX-License-Identifier: GPL-2.0-or-later
//
// Mails to read.
#pragma once

#include <fmt/format.h>
#include <string>

namespace gate25::reader_test {

inline std::string arf(const std::string& address, const std::string& id = "1", std::size_t lines = 3) {
	std::string text = fmt::format(
	    "From: Reports <fbl@reporter.example>\r\nTo: abuse@provider.example\r\nMessage-ID: <{1}@reporter.example>\r\n"
	    "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\r\n\r\n"
	    "--b\r\nContent-Type: text/plain\r\n\r\nAn abuse report.\r\n"
	    "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: a/1\r\nVersion: 1\r\n"
	    "Arrival-Date: Sat, 21 Nov 2026 09:59:58 +0000\r\nSource-IP: {0}\r\nSource-Port: 40123\r\n\r\n"
	    "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: win@watches.example\r\nSubject: watches\r\n\r\n",
	    address, id);
	for (std::size_t i = 0; i < lines; ++i) text += "Fine watches, nearly free, only today, only for your friends.\r\n";
	return text + "\r\n--b--\r\n";
}

} // namespace gate25::reader_test
