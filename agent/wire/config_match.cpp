// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/config_match.h"

#include "core/text.h"
#include "wire/config_subscribers.h"

namespace gate25::config_file {

std::vector<Placed<Prefix>> read_match(Section& section) {
	const Node* match = section.require("match", "the prefixes that it is for");
	if (match == nullptr) return {};
	if (match->kind == Node::Kind::array && match->members.empty())
		section.errors().add(match->where, "\"match\" is empty: which prefixes is it for?");
	if (match->kind != Node::Kind::text) return section.prefixes("match");
	const auto single = prefix_of(*match, section.errors());
	return single ? std::vector{*single} : std::vector<Placed<Prefix>>{};
}

void refuse_outside(const std::vector<Placed<Prefix>>& matches, const Network& network, Errors& errors) {
	const SortedSubscribers subscribers(network);
	for (const auto& match : matches)
		if (subscribers.first_in(match.value) == nullptr && subscribers.around(match.value) == nullptr)
			errors.add(match.node->where, outside_text(*match.node));
}

void refuse_small(const std::vector<Placed<Prefix>>& matches, const Network& network, std::string_view what, Errors& errors) {
	for (const auto& match : matches)
		if (match.value.family() == Family::ipv6 && match.value.length() > network.subscriber_prefix_ipv6)
			errors.add(match.node->where,
			           quoted(match.node->text) + " is smaller than one subscriber (subscriber_prefix_ipv6 = " +
			               std::to_string(network.subscriber_prefix_ipv6) + "), and " + std::string(what) + " is for whole ones");
}

} // namespace gate25::config_file
