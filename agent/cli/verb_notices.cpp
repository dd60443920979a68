// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/notice_view.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

using boost::json::array;
using boost::json::object;

void print(const Call& call, const array& notices) {
	if (notices.empty()) {
		call.screen.out << (call.words.has("waiting") ? "No notice waits.\n" : "Nobody was told anything.\n");
		return;
	}
	call.screen.out << notice_table(call.screen, notices);
}

} // namespace

int notices(const Call& call) {
	Target target("/v1/notices");
	const auto id = call.words.argument(0);
	if (!id.empty()) target.query("subscriber", subscriber_id(id));
	if (call.words.has("waiting")) target.query("state", "waiting");
	return finish(call, call.api.call("GET", target.text(), ""),
	              [&](const object& answer) { print(call, array_at(answer, "notices")); });
}

} // namespace gate25::cli
