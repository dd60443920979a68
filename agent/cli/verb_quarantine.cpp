// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/decisions.h"
#include "cli/request.h"
#include "cli/verbs.h"

#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {

int quarantine(const Call& call) {
	boost::json::object body;
	put_subject(body, call.words.argument(0));
	put_text(body, call.words, "level");
	put_duration(body, call.words);
	put_text(body, call.words, "reason");
	put_text(body, call.words, "ticket");
	return finish(call, call.api.call("POST", "/v1/quarantines", spelt(body)),
	              [&](const boost::json::object& answer) {
		              const auto& made = object_at(answer, "quarantine");
		              call.screen.out << fmt::format("{} is in quarantine at level {} {}.\n", named(made),
		                                             text_at(made, "level"), term(made));
		              print_holding(call.screen, made);
	              });
}

} // namespace gate25::cli
