// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/assignment.h"

#include "core/text.h"

#include <charconv>

namespace gate25 {

namespace {

std::optional<std::uint16_t> port_of(std::string_view text) {
	std::uint16_t port = 0;
	const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
	if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
	return port;
}

} // namespace

std::string PortRange::text() const {
	if (is_whole()) return {};
	return first == last ? std::to_string(first) : std::to_string(first) + '-' + std::to_string(last);
}

Result<PortRange> parse_ports(std::string_view text) {
	const auto dash = text.find('-');
	const auto first = port_of(text.substr(0, dash));
	const auto last = dash == text.npos ? first : port_of(text.substr(dash + 1));
	if (!first || !last || *first > *last)
		return fail(ErrorKind::bad_input, quoted(text) + " is no range of ports: expected one like \"1024-2047\", from 0 to 65535");
	return PortRange{*first, *last};
}

} // namespace gate25
