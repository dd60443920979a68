// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a notice tells, as JSON: the body of a row of the outbox, what a hook is posted, and what texts are made from. It
// names the subscriber and nobody else (RFC 6561 5.5, 10).
#pragma once

#include "core/alert.h"
#include "core/subscriber.h"
#include "core/decision.h"

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

// One alert as the subscriber may see it. When and from which port is what finds the machine behind a NAT (RFC 6302).
struct NoticeSample {
	UnixTime at{};
	AlertKind kind = AlertKind::spam;
	std::string address;
	std::optional<std::uint16_t> port{};
	std::string evidence; // as tell_safely() made it
};

inline constexpr std::size_t most_samples = 5;

struct NoticeFacts {
	std::uint64_t id = 0;
	NoticeKind kind = NoticeKind::quarantined;
	std::string subscriber; // empty: nobody is known to hold the address
	std::string code;
	std::uint64_t decision = 0;
	Level level = Level::port25;
	UnixTime from{};
	std::optional<UnixTime> until; // nullopt: until somebody ends it
	std::optional<UnixTime> ended;
	bool ended_by_time = false;
	std::string ticket;
	std::vector<std::string> addresses; // that were his at that time
	std::vector<NoticeSample> samples;  // at most most_samples
	std::uint64_t alerts = 0;           // how many stand behind it
	std::optional<UnixTime> since;      // of a digest: when the last notice was
	std::uint64_t attempts = 0;         // of misbehaving
	std::string language;
	bool can_release_himself = false; // over the portal, by the rules of [release]; how often he has done so is not asked
};

// What is told of evidence: without what looks like a mail address, without control characters, cut.
std::string tell_safely(std::string_view evidence);
NoticeSample sample_of(const Alert& alert, UnixTime received);

// With evidence for the subscriber himself, without for other programs.
std::string notice_body(const NoticeFacts& facts, bool with_evidence);
// A digest tells how it is when it is sent, not when it was begun: all of this takes the place of what is in the body. A body that
// cannot be read stays as it is.
struct DigestFacts {
	Level level = Level::port25;
	std::optional<UnixTime> until;
	std::optional<UnixTime> since;
	std::vector<NoticeSample> samples;
	std::uint64_t alerts = 0;
};
std::string with_digest(const std::string& body, const DigestFacts& facts, bool with_evidence);
// When the notice before this digest was; nullopt: the body says nothing of it.
std::optional<UnixTime> since_of(const std::string& body);

// "port 25" and so on: what a level takes away, as words of the JSON.
std::vector<std::string_view> refused_at(Level level);

} // namespace gate25
