// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_sections.h"
#include "wire/config_subscribers.h"

#include <algorithm>

namespace gate25::config_file {

namespace {

void read_durations(Section& section, std::vector<std::optional<Seconds>>& out) {
	constexpr std::string_view like = "[\"24h\", \"72h\", \"manual\"]";
	const Node* node = section.find("duration");
	if (node == nullptr) return;
	if (node->kind == Node::Kind::array && node->members.empty())
		section.errors().add(node->where, "\"duration\" is empty, it must be an array like " + std::string(like));
	out.clear();
	for (const auto& text : section.texts("duration", like)) {
		if (const auto parsed = parse_duration(text.value))
			out.push_back(*parsed);
		else
			section.errors().add(text.node->where, parsed.error().text);
	}
}

void read_limit(Section& section, unsigned& out) {
	const Node* node = section.find("limit");
	if (node == nullptr) return;
	const auto found = std::find(limits.begin(), limits.end(), node->number);
	if (node->kind == Node::Kind::integer && found != limits.end())
		out = *found;
	else
		section.errors().add_expected(*node, "1, 2, 5, 10, 20, 50 or 100 connections per hour");
}

// One that is wider spares whoever gets an address there tomorrow.
std::string never_error(const Placed<Prefix>& never, const SortedSubscribers& subscribers) {
	if (subscribers.around(never.value) != nullptr) return {};
	const Prefix* inside = subscribers.first_in(never.value);
	if (inside == nullptr) return outside_text(*never.node);
	return quoted(never.node->text) + " in \"never\" reaches beyond \"subscribers\": name the prefixes in it, like \"" +
	       inside->text() + '"';
}

void read_never(Section& section, const Network* network, std::vector<Prefix>& out) {
	const auto never = section.prefixes("never");
	out = values_of(never);
	if (network == nullptr) return;
	const SortedSubscribers subscribers(*network);
	for (const auto& each : never)
		if (std::string error = never_error(each, subscribers); !error.empty())
			section.errors().add(each.node->where, std::move(error));
}

std::optional<Address> read_portal(Section& section, std::string_view key, Family family) {
	const auto portal = section.address(key);
	if (!portal) return std::nullopt;
	if (portal->value.family() == family) return portal->value;
	section.errors().add_expected(*portal->node, family == Family::ipv4 ? "an IPv4 address" : "an IPv6 address");
	return std::nullopt;
}

} // namespace

void read_garden(Reader& reader, Garden& out) {
	Section section = reader.section("garden");
	const std::size_t before = reader.errors().count();
	out.enabled = section.is_present();
	out.allow = values_of(section.prefixes("allow"));
	out.portal_ipv4 = read_portal(section, "portal_ipv4", Family::ipv4);
	out.portal_ipv6 = read_portal(section, "portal_ipv6", Family::ipv6);
	const bool is_empty = out.allow.empty() && !out.portal_ipv4 && !out.portal_ipv6;
	if (out.enabled && is_empty && reader.errors().count() == before)
		reader.errors().add(section.where(), "[garden] leads nowhere: it needs \"allow\" or a portal");
}

void read_quarantine(Reader& reader, const Network* network, const Garden& garden, QuarantineRules& out) {
	Section section = reader.section("quarantine");
	section.choice("level", level_words, out.level);
	if (out.level == Level::garden && !garden.enabled)
		reader.errors().add(section.find("level")->where, "level = \"garden\" needs a section [garden]");
	read_durations(section, out.duration);
	read_limit(section, out.limit);
	section.duration("memory", out.memory);
	section.duration_or_none("max_stay", out.max_stay);
	read_never(section, network, out.never);
}

} // namespace gate25::config_file
