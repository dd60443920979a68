// SPDX-License-Identifier: GPL-2.0-or-later
//
// One function for each section of the file, in the order in which they are read: each may look at what
// was read before it.
#pragma once

#include "wire/config_reader.h"

#include <algorithm>

namespace gate25::config_file {

// Whether it has no error, so that others can be judged by it.
bool read_network(Reader& reader, Network& out);
// `network` is nullptr when it has errors: nothing is compared with it then.
void read_port25(Reader& reader, const Network* network, Port25& out);
// To `prefixes` and `modes`.
void read_prefixes(Reader& reader, const Network* network, Config& out);
void read_garden(Reader& reader, Garden& out);
void read_quarantine(Reader& reader, const Network* network, const Garden& garden, QuarantineRules& out);
void read_alerts(Reader& reader, const Garden& garden, const QuarantineRules& quarantine, AlertRules& out);
void read_score(Reader& reader, ScoreRules& out);
void read_reporters(Reader& reader, std::vector<Reporter>& out);
void read_openpgp(Reader& reader, const std::vector<Reporter>& reporters, OpenPgp& out);
void read_agent(Reader& reader, const QuarantineRules& quarantine, const AlertRules& alerts, AgentSettings& out);
void read_volume(Reader& reader, const AgentSettings& agent, VolumeRules& out);
// After the former: to `limits`.
void read_limits(Reader& reader, const Network* network, VolumeRules& out);
// [radius] and [[radius_client]].
void read_radius(Reader& reader, RadiusRules& out);
// [[source]]
void read_sources(Reader& reader, std::vector<LeaseSource>& out);
// With its hooks.
void read_notices(Reader& reader, NoticeRules& out);

// After [radius] and [[source]], whose names it orders.
void read_assignments(Reader& reader, const Network* network, AssignmentRules& out);
void read_release(Reader& reader, const VolumeRules& volume, ReleaseRules& out);

// The first of these sorted prefixes that lies in `outer`; the end when none does.
template <class Iterator> Iterator first_inside(Iterator begin, Iterator end, const Prefix& outer) {
	const Iterator found = std::lower_bound(begin, end, outer);
	return found != end && outer.contains(*found) ? found : end;
}

} // namespace gate25::config_file
