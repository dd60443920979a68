// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_match.h"
#include "wire/config_sections.h"

#include <algorithm>

namespace gate25::config_file {

namespace {

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
	refuse_small(with_mode, *network, "\"mode\"", reader.errors());
}

} // namespace gate25::config_file
