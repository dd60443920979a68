// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_sections.h"
#include "wire/config_subscribers.h"

#include <algorithm>

namespace gate25::config_file {

namespace {

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

// It is asked for a subscriber and not for one of his addresses.
void refuse_small(const std::vector<Placed<Prefix>>& with_mode, const Network& network, Errors& errors) {
	for (const auto& match : with_mode)
		if (match.value.family() == Family::ipv6 && match.value.length() > network.subscriber_prefix_ipv6)
			errors.add(match.node->where,
			           quoted(match.node->text) + " is smaller than one subscriber (subscriber_prefix_ipv6 = " +
			               std::to_string(network.subscriber_prefix_ipv6) + "), and \"mode\" is for whole ones");
}

// Which of the two it sets; without either it says nothing.
struct Given {
	bool policy;
	bool mode;
};

Given given_in(Section& section) {
	const Given given{section.find("policy") != nullptr, section.find("mode") != nullptr};
	if (!given.policy && !given.mode)
		section.errors().add(section.where(), "[[prefix]] needs \"policy\" or \"mode\": what is different there?");
	return given;
}

} // namespace

void read_prefixes(Reader& reader, const Network* network, Config& out) {
	std::vector<Placed<Prefix>> all, with_mode;
	for (Section& section : reader.repeated("prefix")) {
		const Given given = given_in(section);
		PolicyAction action = PolicyAction::block;
		section.choice("policy", policy_words, action);
		Mode mode = Mode::enforce;
		section.choice("mode", mode_words, mode);
		for (const auto& match : read_match(section)) {
			all.push_back(match);
			if (given.policy) out.prefixes.push_back({match.value, action});
			if (!given.mode) continue;
			with_mode.push_back(match);
			out.modes.push_back({match.value, mode});
		}
	}
	std::stable_sort(out.modes.begin(), out.modes.end(), [](const PrefixMode& a, const PrefixMode& b) {
		return a.match.length() > b.match.length();
	});
	without_twins(all, reader.errors());
	if (network == nullptr) return;
	refuse_outside(all, *network, reader.errors());
	refuse_small(with_mode, *network, reader.errors());
}

} // namespace gate25::config_file
