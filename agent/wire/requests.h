// SPDX-License-Identifier: GPL-2.0-or-later
//
// Bodies of API requests as values. Strict: an unknown or doubled field, a wrong type, a control character
// is an error that names the field; nothing half-read escapes.
#pragma once

#include "core/alert.h"
#include "core/config.h"
#include "core/alert.h"
#include "core/decision.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

// The prefix that a person means: an address stands for the prefix round it, "…/n" for itself.
[[nodiscard]] Result<Prefix> parse_subject(const Network& network, std::string_view text);

// A wish for how long: nothing said, until released, or so many seconds.
struct WishedTime {
	bool is_given = false;
	std::optional<Seconds> duration;
};

// Whom a request is about: an address, a prefix, or a subscriber by his name.
struct Subject {
	Prefix prefix;                  // of an address the prefix round it; of a subscriber his key
	std::optional<Address> address; // if one was given
	std::string subscriber;         // if he was named
};
// "subscriber:ID" names a subscriber, in paths and on the command line.
inline constexpr std::string_view subscriber_word = "subscriber:";
[[nodiscard]] Result<Subject> parse_any_subject(const Network& network, std::string_view text);

struct QuarantineRequest {
	Subject subject;
	std::optional<Level> level;
	WishedTime time;
	std::string reason;
	std::string ticket;
};

struct ExemptionRequest {
	Subject subject;
	WishedTime time;
	std::string reason;
	std::string owner;
};

[[nodiscard]] Result<QuarantineRequest> parse_quarantine(const Network& network, std::string_view body, UnixTime now);
[[nodiscard]] Result<ExemptionRequest> parse_exemption(const Network& network, std::string_view body);
[[nodiscard]] Result<Alert> parse_alert(std::string_view body);

// The lines of an NDJSON body with their numbers from 1, empty ones left out.
struct Line {
	unsigned number;
	std::string_view text;
};
std::vector<Line> lines_of(std::string_view body);
// Each line has an answer, however short it is: more of them are refused before they cost memory.
inline constexpr std::size_t most_request_lines = 10'000;
[[nodiscard]] Result<void> check_lines(std::string_view body);

} // namespace gate25
