// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the readers of reports share: how one ends, and how foreign text becomes one clean line.
#pragma once

#include "core/report.h"

#include <string>
#include <string_view>

namespace gate25::reports {

inline constexpr std::size_t longest_name = 200; // as in POST /v1/alerts
inline constexpr std::size_t longest_id = 250;
inline constexpr std::size_t longest_type = 100;
inline constexpr std::size_t longest_evidence = 300;
inline constexpr std::size_t longest_why = 2000;

// One step of reading. An error ends it: the report is refused or set aside, with what was read so far.
struct Ending {
	ReportOutcome outcome = ReportOutcome::refused;
	std::string why;
};
using Step = tl::expected<void, Ending>;
inline tl::unexpected<Ending> aside(std::string why) {
	return tl::unexpected<Ending>(Ending{ReportOutcome::aside, std::move(why)});
}
inline tl::unexpected<Ending> refused(std::string why) {
	return tl::unexpected<Ending>(Ending{ReportOutcome::refused, std::move(why)});
}
// The report as the last step left it; without an error it is parsed.
Report ended(Report report, const Step& step);

// Printable ASCII, everything else escaped, cut.
std::string ascii_line(std::string_view text, std::size_t most);
// For text that is known to be UTF-8: it stays, unless there are control characters in it.
std::string utf8_line(std::string_view text, std::size_t most);

std::string lower(std::string_view text);
std::string_view trimmed(std::string_view text);
// "1 to 65535" and nothing else; no sign, no blank.
std::optional<std::uint32_t> whole_number(std::string_view text, std::uint32_t least, std::uint32_t most);
// The client's port. 25 is the server's: samples of the standards confuse them.
std::optional<std::uint16_t> client_port(std::uint32_t port);

// Takes the address that the format's own field names. Nobody's addresses (loopback and the like) are refused.
Step take_address(Report& report, std::string_view field, const Address& address);

} // namespace gate25::reports
