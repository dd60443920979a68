// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_match.h"
#include "wire/config_sections.h"

#include <map>

namespace gate25::config_file {

namespace {

constexpr std::string_view everybody = "everybody";

// Where a limit stands: by its text and whom it is for.
using Seen = std::map<std::pair<std::string, std::string>, const Node*>;

std::optional<Placed<Limit>> read_text(Section& section) {
	section.require("limit", "what is counted, how many, and in which time, like \"connections 30/hour\"");
	const auto given = section.text("limit");
	if (!given) return std::nullopt;
	if (const auto parsed = parse_limit(given->value)) return Placed<Limit>{*parsed, given->node};
	else section.errors().add(given->node->where, parsed.error().text);
	return std::nullopt;
}

void read_then(Section& section, const Limit& limit, Then& out) {
	const bool is_attempt = activity_of(limit.quantity) == Activity::attempts;
	if (is_attempt) out = Then::alert;
	section.choice("then", then_words, out);
	if (is_attempt && out != Then::alert)
		section.errors().add(section.find("then")->where,
		                     "then = " + section.find("then")->spelt() + " cannot be for " +
		                         std::string(quantity_text(limit.quantity)) + ": they are refused already; \"alert\" can");
}

void read_answer(Section& section, const Limit& limit, RelayAnswer& out) {
	section.choice("answer", answer_words, out);
	const Node* node = section.find("answer");
	if (node != nullptr && activity_of(limit.quantity) != Activity::mail)
		section.errors().add(node->where, "\"answer\" is for limits on messages and recipients: a connection is refused with " +
		                                      std::string("the \"deny\" of [port25]"));
}

void refuse_twins(const Placed<Limit>& limit, const std::vector<Placed<Prefix>>& matches, Seen& seen, Errors& errors) {
	std::vector<Placed<std::string>> whom;
	for (const auto& match : matches) whom.push_back({match.value.text(), match.node});
	if (whom.empty()) whom.push_back({std::string(everybody), limit.node});
	for (const auto& each : whom) {
		const auto [found, is_new] = seen.emplace(std::pair(limit.value.text(), each.value), each.node);
		if (!is_new)
			errors.add(each.node->where, quoted(limit.value.text()) + " for " + each.value + " stands in the file already, line " +
			                                 std::to_string(found->second->where.line));
	}
}

} // namespace

void read_limits(Reader& reader, const Network* network, VolumeRules& out) {
	std::vector<Placed<Prefix>> all;
	Seen seen;
	for (Section& section : reader.repeated("limit")) {
		if (!out.enabled)
			reader.errors().add(section.where(), "[[limit]] needs a section [volume]: without it nothing is counted");
		VolumeLimit& limit = out.limits.emplace_back();
		limit.mode = out.mode;
		section.choice("mode", mode_words, limit.mode);
		const auto matches = section.find("match") != nullptr ? read_match(section) : std::vector<Placed<Prefix>>{};
		limit.match = values_of(matches);
		all.insert(all.end(), matches.begin(), matches.end());
		const auto text = read_text(section);
		const Limit read = text ? text->value : Limit{};
		limit.limit = read;
		read_then(section, read, limit.then);
		if (!text) {
			section.find("answer"); // for what is not known yet
			continue;
		}
		read_answer(section, read, limit.answer);
		refuse_twins(*text, matches, seen, reader.errors());
	}
	if (network == nullptr) return;
	refuse_outside(all, *network, reader.errors());
	refuse_small(all, *network, "a limit", reader.errors());
}

} // namespace gate25::config_file
