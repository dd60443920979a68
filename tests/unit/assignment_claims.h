// SPDX-License-Identifier: GPL-2.0-or-later
//
// Claims in one line.
#pragma once

#include "core/assignment.h"

#include <initializer_list>

namespace gate25::test {

inline UnixTime at(std::int64_t seconds) {
	return UnixTime(Seconds(1'700'000'000 + seconds));
}

struct Claim : AssignmentClaim {
	Claim(SourceRank rank, std::int64_t seconds, Kind what = Kind::hold) {
		kind = what;
		source = rank;
		AssignmentClaim::at = test::at(seconds);
	}
	Claim& of(std::string name) {
		subscriber = std::move(name);
		return *this;
	}
	Claim& at(std::initializer_list<const char*> texts) {
		for (const char* text : texts) prefixes.push_back(Prefix::parse(text).value());
		return *this;
	}
	Claim& only(const char* range) {
		ports = parse_ports(range).value();
		return *this;
	}
	Claim& until(std::int64_t seconds) {
		AssignmentClaim::until = test::at(seconds);
		return *this;
	}
	Claim& session(SessionHash number) {
		AssignmentClaim::session = number;
		return *this;
	}
	Claim& server(ServerHash number) {
		AssignmentClaim::server = number;
		return *this;
	}
};

inline Claim End(SourceRank rank, std::int64_t seconds) {
	return {rank, seconds, AssignmentClaim::Kind::end};
}
inline Claim EndServer(SourceRank rank, std::int64_t seconds, ServerHash server) {
	return Claim(rank, seconds, AssignmentClaim::Kind::end_server).server(server);
}

} // namespace gate25::test
