// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/verbs.h"

#include <istream>
#include <ostream>

namespace gate25::cli {
namespace {

bool agrees(Screen& screen) {
	screen.err << "This takes the table inet gate25 away. Every subscriber can reach port 25 then,\n"
	              "those in quarantine too. Type \"yes\" to go on: "
	           << std::flush;
	std::string answer;
	return std::getline(screen.in, answer) && answer == "yes";
}

} // namespace

int remove(const Call& call) {
	if (!call.words.has("yes")) {
		if (!call.screen.in_is_terminal) {
			return report(call, {usage, "usage", "remove asks first; without a terminal it wants --yes", {}});
		}
		if (!agrees(call.screen)) return report(call, {failed, "denied", "nothing was removed", {}});
	}
	return finish(call, call.api.call("POST", "/v1/remove", ""), [&](const boost::json::object&) {
		call.screen.out << "The table inet gate25 is removed. Port 25 is open.\n";
	});
}

} // namespace gate25::cli
