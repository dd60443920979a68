// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whom a question is about, what stands for him, and whether he may let himself out (core/way_out.h): what the portal and
// `gate25 subscriber` ask alike.
#pragma once

#include "core/assignment_book.h"
#include "core/way_out.h"
#include "flow/agent.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gate25 {

// A person, or, of an address that nobody is known to hold, the prefix that stands for somebody.
struct Person {
	Prefix key;              // under which it is decided of him: the key of a subscriber, or that prefix
	std::string subscriber;  // his id; empty: nobody is known
	std::vector<Prefix> own; // what he holds by himself now, so without addresses that several share
	bool shares = false;     // he holds a part of an address
	std::optional<Address> address; // at which he was found, when it is his alone
};

// Of somebody about whom something was decided.
Person person_of(Agent& agent, const Prefix& party);
// By who holds the address now. not_found: it is no subscriber's; bad_input: several share it, and no port says which.
[[nodiscard]] Result<Person> person_at(Agent& agent, const Address& address, std::optional<std::uint16_t> port);
// Also of somebody of whom nothing is known. conflict: his key is somebody else's.
[[nodiscard]] Result<Person> person_named(Agent& agent, const std::string& id);
// Whether anything in memory is about him.
bool is_known(Agent& agent, const Person& person);

// Quarantines in force for him, the strictest first: under his key, and round or in what he holds.
std::vector<Quarantine> standing_for(Agent& agent, const Person& person);
// nullopt: nobody counts, or he shares all that he holds.
std::optional<Attempts> attempts_of(Agent& agent, const Person& person);
// When somebody let him out last, and until when alerts are only recorded for that; nullopt: not of late.
std::optional<UnixTime> grace_until(Agent& agent, const Person& person);

// How often he has let himself out within [quarantine] memory, by the history.
void count_self_releases(Agent& agent, const Person& person, std::function<void(Result<unsigned>)> done);
// By what stands at this moment.
WayOut way_out_of(Agent& agent, const Person& person, unsigned used);

} // namespace gate25
