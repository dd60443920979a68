// SPDX-License-Identifier: GPL-2.0-or-later
//
// Assignments, their sources, and what is told of a person, as the JSON of the control API (docs/openapi.yaml).
#pragma once

#include "core/alert.h"
#include "core/assignment_world.h"
#include "core/subscriber.h"
#include "core/way_out.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace gate25 {

// What an assignment does not say of itself.
struct AssignmentState {
	std::string_view source; // its name
	bool stands = false;
	bool is_aged = false;
	bool is_enforced = false; // what is decided of its holder is in force there
};
boost::json::object json_of(const Assignment& assignment, const AssignmentState& state);
boost::json::object json_of(const SourceHealth& health);
boost::json::object json_of(const AssignmentStoreHealth& health);

// {"subscriber","mail","language"}
boost::json::object contact_json(const Subscriber& subscriber);
// Of the outbox, for the desk: without its body.
// `subscriber`: his id; empty: nobody is known.
boost::json::object json_of(const Notice& notice, const std::string& subscriber);

boost::json::object json_of(const WayOut& out);
boost::json::value json_of(const std::optional<Attempts>& attempts); // null: nobody counts
boost::json::value still_misbehaving(const std::optional<Attempts>& attempts);

// For people who have never heard of port 25.
std::string_view words_for(AlertKind kind);

} // namespace gate25
