// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the agent concludes about a subscriber: a quarantine or an exemption.
#pragma once

#include "core/address.h"
#include "core/time.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gate25 {

// From the mildest to the strictest. What each one does: docs of rules/gate25.nft, gate25(1).
enum class Level : std::uint8_t { notify, limit, port25, mail, garden };
inline constexpr std::array<Level, 5> all_levels{Level::notify, Level::limit, Level::port25, Level::mail,
                                                 Level::garden};
std::string_view level_text(Level level);
[[nodiscard]] Result<Level> parse_level(std::string_view text);

// Who ended a decision whose time ran out: nobody.
inline constexpr std::string_view expired_by = "expired";

struct Quarantine {
	std::uint64_t id = 0;
	Prefix prefix;
	Level level = Level::port25;
	std::string reason;
	std::string by;     // who: "root", "uid 1000 (anna)", "alert from ids"
	std::string ticket; // empty: none
	UnixTime from{};
	std::optional<Deadline> until; // nullopt: until somebody releases it
	bool is_monitored = false; // mode = "monitor": recorded and shown, not in the kernel
	// Set when it is over.
	std::optional<UnixTime> ended{};
	std::string ended_by{};     // expired_by when its time ran out
	std::string ended_reason{};
};

struct Exemption {
	std::uint64_t id = 0;
	Prefix prefix;
	std::string reason;
	std::string owner;
	std::string by;
	UnixTime from{};
	std::optional<Deadline> until;
	std::optional<UnixTime> ended{};
	std::string ended_by{};
	std::string ended_reason{};
};

// One line of the audit: who did what, when and why. Rows are only ever added.
struct AuditRow {
	std::uint64_t id = 0;
	UnixTime at{};
	std::string who;
	std::string what;    // "quarantine", "release", "expire", "exempt", "unexempt", "alert", "reload", ...
	std::string subject; // prefix or address, may be empty
	std::string why;
	std::uint64_t decision = 0; // id of the quarantine or exemption, 0: none
};

} // namespace gate25
