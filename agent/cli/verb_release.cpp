// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/decisions.h"
#include "cli/verbs.h"

#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {

int release(const Call& call) {
	auto target = Target("/v1/quarantines").part(call.words.argument(0));
	if (const auto reason = call.words.option("reason")) target.query("reason", *reason);
	return finish(call, call.api.call("DELETE", target.text(), ""), [&](const boost::json::object& answer) {
		for (const auto& value : array_at(answer, "released")) {
			const auto& ended = as_object(value);
			call.screen.out << fmt::format("{} is released from level {}.\n", named(ended),
			                               text_at(ended, "level"));
		}
	});
}

} // namespace gate25::cli
