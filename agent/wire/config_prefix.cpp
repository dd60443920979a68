// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_sections.h"

#include <algorithm>

namespace gate25::config_file {

namespace {

std::vector<Placed<Prefix>> read_match(Section& section) {
	const Node* match = section.require("match", "the prefixes that the policy is for");
	if (match == nullptr) return {};
	if (match->kind == Node::Kind::array && match->members.empty())
		section.errors().add(match->where, "\"match\" is empty: which prefixes is the policy for?");
	if (match->kind != Node::Kind::text) return section.prefixes("match");
	const auto single = prefix_of(*match, section.errors());
	return single ? std::vector{*single} : std::vector<Placed<Prefix>>{};
}

// `subscribers` are sorted and disjoint: if one contains the match, it is the last one before it.
bool holds_subscribers(const std::vector<Prefix>& subscribers, const Prefix& match) {
	if (first_inside(subscribers.begin(), subscribers.end(), match) != subscribers.end()) return true;
	const auto next = std::lower_bound(subscribers.begin(), subscribers.end(), match);
	return next != subscribers.begin() && std::prev(next)->contains(match);
}

void refuse_outside(const std::vector<Placed<Prefix>>& matches, const Network& network, Errors& errors) {
	std::vector<Prefix> subscribers = network.subscribers;
	std::sort(subscribers.begin(), subscribers.end());
	for (const auto& match : matches)
		if (!holds_subscribers(subscribers, match.value))
			errors.add(match.node->where,
			           quoted(match.node->text) + " holds no subscriber: it is outside of \"subscribers\"");
}

} // namespace

void read_prefixes(Reader& reader, const Network* network, std::vector<PrefixPolicy>& out) {
	std::vector<Placed<Prefix>> all;
	std::vector<PolicyAction> actions;
	for (Section& section : reader.repeated("prefix")) {
		PolicyAction action = PolicyAction::block;
		section.require("policy", "block, redirect or open");
		section.choice("policy", policy_words, action);
		for (const auto& match : read_match(section)) {
			all.push_back(match);
			out.push_back({match.value, action});
		}
	}
	without_twins(all, reader.errors());
	if (network != nullptr) refuse_outside(all, *network, reader.errors());
}

} // namespace gate25::config_file
