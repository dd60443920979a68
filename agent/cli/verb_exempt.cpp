// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/decisions.h"
#include "cli/request.h"
#include "cli/verbs.h"

#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {

int exempt(const Call& call) {
	boost::json::object body;
	put_subject(body, call.words.argument(0));
	put_duration(body, call.words);
	put_text(body, call.words, "reason");
	put_text(body, call.words, "owner");
	return finish(call, call.api.call("POST", "/v1/exemptions", spelt(body)),
	              [&](const boost::json::object& answer) {
		              const auto& made = object_at(answer, "exemption");
		              call.screen.out << fmt::format("{} may use port 25 {}.\n", named(made), term(made));
		              print_holding(call.screen, made);
	              });
}

} // namespace gate25::cli
