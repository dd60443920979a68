// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/notice_view.h"
#include "cli/verbs.h"

#include <ostream>

namespace gate25::cli {

using boost::json::object;

int notices(const Call& call) {
	Target target("/v1/notices");
	if (const auto id = call.words.argument(0); !id.empty()) target.query("subscriber", subscriber_id(id));
	for (const char* asked : {"state", "limit"})
		if (const auto value = call.words.option(asked)) target.query(asked, *value);
	const auto answer = call.api.call("GET", target.text(), "");
	return finish(call, answer, [&](const object& told) {
		const auto& all = array_at(told, "notices");
		if (!all.empty()) call.screen.out << notice_table(call.screen, all);
		else call.screen.out << (call.words.has("state") ? "There is none.\n" : "Nobody was told anything.\n");
	});
}

} // namespace gate25::cli
