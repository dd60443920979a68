// SPDX-License-Identifier: GPL-2.0-or-later
//
// How much mail somebody tries and sends, who does most, and what is usual.
#include "cli/call.h"
#include "cli/verbs.h"
#include "cli/volume_view.h"

#include <fmt/format.h>

namespace gate25::cli {
namespace {

Failure refused(std::string message) {
	return {usage, "usage", "volume: " + std::move(message), {}};
}

// What is asked for, or why it makes no sense.
std::optional<Failure> objection_to(const Words& words) {
	const bool has_address = !words.argument(0).empty();
	const int subjects = (has_address ? 1 : 0) + (words.has("user") ? 1 : 0) + (words.has("top") ? 1 : 0) + (words.has("spread") ? 1 : 0);
	if (subjects > 1) return refused("one of ADDR, --user, --top and --spread at a time");
	const bool has_quantity = words.has("top") || words.has("spread");
	for (const auto* option : {"by", "per"})
		if (words.has(option) && !has_quantity) return refused(fmt::format("--{} belongs to --top or --spread", option));
	if (words.has("since") && words.has("top")) return refused("--top tells of right now, without --since");
	if (words.has("since") && subjects == 0) return refused("--since belongs to ADDR, --user or --spread");
	return std::nullopt;
}

void take_over(Target& target, const Words& words, std::initializer_list<std::string_view> options) {
	for (const auto option : options)
		if (const auto value = words.option(option)) target.query(option, *value);
}

int ask(const Call& call, const Target& target, void (*print)(const Screen&, const boost::json::object&)) {
	return finish(call, call.api.call("GET", target.text(), ""), [&](const boost::json::object& answer) { print(call.screen, answer); });
}

} // namespace

int volume(const Call& call) {
	const auto& words = call.words;
	if (const auto failure = objection_to(words)) return report(call, *failure);
	if (const auto top = words.option("top")) {
		Target target("/v1/volume/top");
		take_over(target, words, {"by", "per"});
		return ask(call, target.query("limit", *top), print_volume_top);
	}
	if (words.has("spread")) {
		Target target("/v1/volume/spread");
		take_over(target, words, {"by", "per", "since"});
		return ask(call, target, print_volume_spread);
	}
	Target target("/v1/volume");
	if (!words.argument(0).empty()) target.query("address", words.argument(0));
	take_over(target, words, {"user", "since"});
	const bool is_of_one = !words.argument(0).empty() || words.has("user");
	return ask(call, target, is_of_one ? print_volume : print_volume_overview);
}

} // namespace gate25::cli
