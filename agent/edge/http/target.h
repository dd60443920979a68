// SPDX-License-Identifier: GPL-2.0-or-later
//
// The target of a request (RFC 9112 section 3.2, RFC 3986) as decoded words. The path is cut before it is
// decoded, so "/v1/quarantines/2001:db8::%2F56" names one thing. In the query '+' is a blank, as every
// form encoder writes it; a plus sign is %2B.
#pragma once

#include "core/result.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

struct HttpTarget {
	std::vector<std::string> path;            // "/" is empty; "/v1/" is {"v1", ""}
	std::map<std::string, std::string> query; // "?all" is {"all", ""}
};

[[nodiscard]] Result<HttpTarget> parse_target(std::string_view target);
// For one segment of a path or one name or value of a query.
std::string percent_encode(std::string_view text);

} // namespace gate25
