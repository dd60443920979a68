// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/verbs.h"

#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {

int unassign(const Call& call) {
	const auto prefix = call.words.argument(0);
	auto target = Target("/v1/assignments").query("prefix", prefix);
	if (const auto ports = call.words.option("ports")) target.query("ports", *ports);
	return finish(call, call.api.call("DELETE", target.text(), ""), [&](const boost::json::object& answer) {
		for (const auto& value : array_at(answer, "ended")) {
			const auto& ended = as_object(value);
			const auto ports = text_at(ended, "ports");
			call.screen.out << fmt::format("{} no longer holds {}{}.\n", text_at(ended, "subscriber"), text_at(ended, "prefix"),
			                               ports.empty() ? "" : " ports " + ports);
		}
		if (array_at(answer, "ended").empty())
			call.screen.out << fmt::format("Nothing was assigned by \"gate25 assign\" at {}.\n", prefix);
	});
}

} // namespace gate25::cli
