// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is kept of a subscriber beside his decisions, and the notices to him, as rows of the store of decisions.
#pragma once

#include "core/address.h"
#include "core/time.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gate25 {

// Somebody of whom something was decided, or whom the desk has told us how to reach. The rows keep the name that
// belongs to a key.
struct Subscriber {
	std::string id;
	std::string mail;     // where notices go; empty: by [notices] mail_to, or nowhere
	std::string language; // "de", "pt-br"; empty: [notices] language
	friend bool operator==(const Subscriber&, const Subscriber&) = default;
};

enum class NoticeKind : std::uint8_t {
	quarantined, // or told at level notify
	changed,     // stricter, or longer
	digest,      // further alerts while a quarantine stands
	released,    // by time, by the desk, by himself
	misbehaving  // attempts go on after a release
};
inline constexpr std::array<NoticeKind, 5> all_notice_kinds{NoticeKind::quarantined, NoticeKind::changed, NoticeKind::digest,
                                                            NoticeKind::released, NoticeKind::misbehaving};
std::string_view notice_text(NoticeKind kind);
[[nodiscard]] Result<NoticeKind> parse_notice_kind(std::string_view text);

enum class NoticeState : std::uint8_t { waiting, sent, given_up };
std::string_view notice_state_text(NoticeState state);
[[nodiscard]] Result<NoticeState> parse_notice_state(std::string_view text);

inline constexpr std::string_view mail_channel = "mail"; // no hook may be called so

// One message to one channel: a row of the outbox. It is made in the transaction of what it tells.
struct Notice {
	std::uint64_t id = 0;
	UnixTime made{};
	NoticeKind kind = NoticeKind::quarantined;
	NoticeState state = NoticeState::waiting;
	Prefix subject;         // key of the subscriber, or a prefix that nobody is known to hold
	std::uint64_t decision = 0;
	std::string channel;    // "mail", or the name of a hook
	std::string to;         // of mail: the address; of a hook empty
	std::string code;       // "K7QF-3M2P": what the subscriber can check at the provider's site
	std::string body;       // the facts as JSON (flow/notices.h), from which the courier makes the text
	unsigned tries = 0;
	UnixTime due{};         // not before
	std::string problem;    // of the last try
	std::optional<UnixTime> ended{}; // when it was delivered or given up
};

} // namespace gate25
