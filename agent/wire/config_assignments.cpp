// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_sections.h"

#include <algorithm>

namespace gate25::config_file {

namespace {

// Who may stand in "precedence": the API always speaks.
std::vector<std::string> all_sources(const AssignmentRules& rules) {
	std::vector<std::string> names{"api"};
	if (rules.radius.enabled) names.emplace_back("radius");
	for (const LeaseSource& source : rules.sources) names.push_back(source.name);
	return names;
}

// A source that is left out comes last, in the order of the file.
std::vector<std::string> read_precedence(Section& section, const std::vector<std::string>& known) {
	std::vector<Placed<std::string>> given;
	for (const auto& text : section.texts("precedence", "[\"api\", \"radius\"]")) {
		if (std::find(known.begin(), known.end(), text.value) != known.end()) {
			given.push_back(text);
			continue;
		}
		std::vector<std::string_view> words(known.begin(), known.end());
		section.errors().add(text.node->where, quoted(text.value) + " in \"precedence\" is no source; known: " + listed(words));
	}
	auto out = values_of(without_twins(std::move(given), section.errors()));
	for (const std::string& name : known)
		if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
	return out;
}

// One of a subscriber would be nobody's ports but his own.
std::vector<Prefix> read_nat(Section& section, const Network* network) {
	const auto nat = section.prefixes("nat");
	for (const auto& each : nat) {
		if (each.value.family() == Family::ipv6) {
			section.errors().add_expected(*each.node, "made of IPv4 addresses");
			continue;
		}
		if (network == nullptr) continue;
		for (const Prefix& subscribers : network->subscribers)
			if (subscribers.overlaps(each.value))
				section.errors().add(each.node->where, quoted(each.node->text) + " is in \"subscribers\" too: an address that several "
				                                       "share by ports is no subscriber's own");
	}
	return values_of(nat);
}

} // namespace

void read_assignments(Reader& reader, const Network* network, AssignmentRules& out) {
	Section section = reader.section("assignments");
	section.duration("keep", out.keep);
	out.precedence = read_precedence(section, all_sources(out));
	out.nat = read_nat(section, network);
	section.choice("unknown", unknown_words, out.unknown);
	section.duration("silent", out.silent);
}

} // namespace gate25::config_file
