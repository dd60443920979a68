// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/offline.h"
#include "cli/verbs.h"
#include "edge/kernel/nft_json.h"

#include <ostream>

namespace gate25::cli {
namespace {

tl::expected<std::string, Failure> ruleset_from_agent(const Call& call) {
	const bool with_state = !call.words.has("without-state");
	const auto target = Target("/v1/ruleset").query("state", with_state ? "1" : "0");
	auto answer = call.api.call("GET", target.text(), "");
	if (!answer) return tl::unexpected(failure_of(answer.error()));
	if (auto failure = failure_of(*answer)) return tl::unexpected(std::move(*failure));
	return std::move(answer->body);
}

bool wants_json(const Call& call) {
	const auto format = call.words.option("format");
	return format ? *format == "json" : call.json;
}

} // namespace

int export_ruleset(const Call& call) {
	const auto config = call.words.option("config");
	auto ruleset = config ? ruleset_of(std::string(*config)) : ruleset_from_agent(call);
	if (!ruleset) return report(call, ruleset.error());
	if (wants_json(call)) {
		auto json = ruleset_as_json(*ruleset);
		if (!json) return report(call, failure_of(json.error()));
		ruleset = std::move(*json);
	}
	call.screen.out << *ruleset;
	if (!ruleset->ends_with('\n')) call.screen.out << '\n';
	return done;
}

} // namespace gate25::cli
