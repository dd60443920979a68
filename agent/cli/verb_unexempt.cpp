// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/decisions.h"
#include "cli/verbs.h"

#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {

int unexempt(const Call& call) {
	auto target = Target("/v1/exemptions").part(call.words.argument(0));
	if (const auto reason = call.words.option("reason")) target.query("reason", *reason);
	return finish(call, call.api.call("DELETE", target.text(), ""), [&](const boost::json::object& answer) {
		for (const auto& value : array_at(answer, "ended")) {
			call.screen.out << fmt::format("{} is no longer exempt.\n", named(as_object(value)));
		}
	});
}

} // namespace gate25::cli
