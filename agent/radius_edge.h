// SPDX-License-Identifier: GPL-2.0-or-later
//
// Joins RADIUS accounting to its sockets, and reads the secrets.
#pragma once

#include "edge/sources/radius_server.h"
#include "flow/agent.h"
#include "flow/radius_accounting.h"

#include <memory>
#include <string>

namespace gate25 {

class RadiusEdge {
public:
	RadiusEdge(Loop& loop, Agent& agent);
	RadiusEdge(const RadiusEdge&) = delete;
	RadiusEdge& operator=(const RadiusEdge&) = delete;
	// At start and after a reload: opens what the configuration wants and lets go of the rest. Secrets are read each time. What
	// cannot be opened or read is tried again; meanwhile the source says so (SourceCounters::problem).
	void configure();

private:
	std::string read_secrets(RadiusRules& rules);
	std::string listen(const RadiusRules& rules);

	Loop& loop_;
	Agent& agent_;
	std::unique_ptr<RadiusAccounting> accounting_;
	std::unique_ptr<RadiusServer> server_;
	std::vector<UdpEndpoint> listening_; // that server_ was opened for
	std::string problem_;
	Timer again_;
};

} // namespace gate25
