// SPDX-License-Identifier: GPL-2.0-or-later
//
// All that is known of one person, asked by his name or by an address that he holds or held.
#include "cli/call.h"
#include "cli/request.h"
#include "cli/subscriber_view.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "cli/when.h"
#include "core/address.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace gate25::cli {
namespace {

using boost::json::object;

// Names that look like an address are written subscriber:NAME.
bool is_address(std::string_view text) {
	return Address::parse(text).has_value();
}

// Who holds this address, or held it then; a failure that says so when nobody is known.
tl::expected<std::string, Failure> holder_of(const Call& call) {
	const auto& words = call.words;
	auto target = Target("/v1/subscribers").query("address", words.argument(0));
	if (const auto port = words.option("port")) target.query("port", *port);
	if (const auto at = words.option("at")) target.query("at", spelt_time(*at));
	const auto answer = call.api.call("GET", target.text(), "");
	if (!answer) return tl::unexpected(failure_of(answer.error()));
	if (auto failure = failure_of(*answer)) return tl::unexpected(*failure);
	const auto body = read_body(answer->body);
	if (!body) return tl::unexpected(failure_of(body.error()));
	const auto* id = object_at(*body, "holder").if_contains("subscriber");
	if (id != nullptr && id->is_string()) return std::string(id->get_string());
	const bool is_shared = !array_at(*body, "claims").empty() && !words.has("port");
	return tl::unexpected(Failure{not_found, "not_found",
	                              is_shared ? fmt::format("several share {}: --port tells whom", words.argument(0))
	                                        : fmt::format("nobody is known who holds {}{}; \"gate25 show {}\" tells what stands for the address",
	                                                      words.argument(0), words.has("at") ? " then" : "", words.argument(0)),
	                              {}});
}

// The story is about him. What stands for a prefix that he holds, by itself, concerns him as much.
boost::json::array of_prefixes(const Call& call, const object& story) {
	constexpr std::size_t most = 16;
	boost::json::array found;
	for (const auto& value : array_at(story, "prefixes")) {
		const auto prefix = text_at(as_object(value), "prefix");
		if (found.size() >= most || !text_at(as_object(value), "ports").empty()) continue;
		const auto answer = call.api.call("GET", Target("/v1/quarantines").part(prefix).text(), "");
		if (!answer || failure_of(*answer)) continue;
		const auto body = read_body(answer->body).value_or(object{});
		for (const auto& quarantine : array_at(body, "quarantines"))
			if (text_at(as_object(quarantine), "subscriber").empty()) found.push_back(quarantine);
	}
	return found;
}

} // namespace

int subscriber(const Call& call) {
	const auto& words = call.words;
	const auto subject = words.argument(0);
	const bool by_address = !named_subscriber(subject) && is_address(subject);
	if (!by_address && (words.has("port") || words.has("at")))
		return report(call, {usage, "usage", "subscriber: --port and --at belong to an address", {}});
	std::string id(subscriber_id(subject));
	if (by_address) {
		auto found = holder_of(call);
		if (!found) return report(call, found.error());
		id = std::move(*found);
	}
	const auto target = Target("/v1/subscribers").part(id);
	return finish(call, call.api.call("GET", target.text(), ""), [&](const object& answer) {
		auto story = answer;
		story[of_prefixes_key] = of_prefixes(call, story);
		print_story(call.screen, story, call.now);
	});
}

} // namespace gate25::cli
