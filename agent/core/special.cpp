// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/special.h"

#include <array>

namespace gate25 {

namespace {

struct Range {
	std::string_view prefix;
	std::string_view name;
};

// RFC 6890 and its registries, those that no router may forward.
constexpr std::array<Range, 9> ranges{{
    {"0.0.0.0/8", "\"this\" network, the unspecified address"},
    {"127.0.0.0/8", "loopback"},
    {"169.254.0.0/16", "link-local"},
    {"224.0.0.0/4", "multicast"},
    {"255.255.255.255", "broadcast"},
    {"::", "the unspecified address"},
    {"::1", "loopback"},
    {"fe80::/10", "link-local"},
    {"ff00::/8", "multicast"},
}};

} // namespace

std::string why_special(const Prefix& prefix) {
	if (prefix.length() == 0)
		return prefix.family() == Family::ipv4 ? "it is every IPv4 address" : "it is every IPv6 address";
	for (const Range& range : ranges) {
		const Prefix special = Prefix::parse(range.prefix).value();
		if (!special.overlaps(prefix)) continue;
		std::string out = special == prefix ? "it is " : special.contains(prefix) ? "it lies in " : "it contains ";
		return out.append(range.prefix).append(" (").append(range.name).append(")");
	}
	return {};
}

} // namespace gate25
