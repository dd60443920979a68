// SPDX-License-Identifier: GPL-2.0-or-later
//
// One notice as a request to another program, signed so that the program knows who it is from and that it is fresh:
// "Gate25-Signature: t=UNIX,v1=HEX", where HEX is HMAC-SHA256 (RFC 2104) over "UNIX.BODY" with the shared key.
#pragma once

#include "core/time.h"

#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

struct HookPost {
	std::string url;
	std::vector<std::string> header;
	std::string body;
};

std::string hmac_sha256_hex(std::string_view key, std::string_view text);
HookPost hook_post(std::uint64_t notice, std::string_view kind, const std::string& url, std::string_view secret, std::string body,
                   UnixTime now);

} // namespace gate25
