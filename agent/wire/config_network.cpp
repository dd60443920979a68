// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_sections.h"

#include <algorithm>
#include <functional>

namespace gate25::config_file {

namespace {

using Prefixes = std::vector<Placed<Prefix>>;

std::string quoted(const Placed<Prefix>& placed) {
	return gate25::quoted(placed.node->text);
}

Prefixes read_required(Section& section, std::string_view key, std::string_view what) {
	const Node* node = section.require(key, what);
	if (node != nullptr && node->kind == Node::Kind::array && node->members.empty())
		section.errors().add(node->where, gate25::quoted(key) + " is empty: " + std::string(what));
	return section.prefixes(key);
}

// In this order a prefix stands behind the one that contains it, with nothing but others such in between.
void refuse_overlaps(const Prefixes& sorted, Errors& errors) {
	const Placed<Prefix>* outer = nullptr;
	for (const auto& each : sorted) {
		if (outer == nullptr || !outer->value.contains(each.value)) {
			outer = &each;
			continue;
		}
		const bool is_first = each.node->where < outer->node->where;
		const auto& here = is_first ? *outer : each;
		const auto& there = is_first ? each : *outer;
		errors.add(here.node->where, quoted(here) + " overlaps " + quoted(there) + " in \"subscribers\", line " +
		                                 std::to_string(there.node->where.line));
	}
}

void refuse_small_networks(const Prefixes& subscribers, unsigned length, Errors& errors) {
	for (const auto& each : subscribers)
		if (each.value.family() == Family::ipv6 && each.value.length() > length)
			errors.add(each.node->where, quoted(each) +
			                                 " is smaller than one subscriber (subscriber_prefix_ipv6 = " +
			                                 std::to_string(length) + ")");
}

// A relay and a router can never be quarantined: a whole network of subscribers must not slip through so.
void refuse_whole_networks(const Prefixes& special, const std::vector<Prefix>& sorted, Errors& errors) {
	for (const auto& each : special) {
		const auto network = first_inside(sorted.begin(), sorted.end(), each.value);
		if (network != sorted.end())
			errors.add(each.node->where, quoted(each) + " cannot stand in " + gate25::quoted(each.node->key) +
			                                 ": it contains all subscribers in " + network->text());
	}
}

std::string length_error(const Node& item, unsigned least, unsigned most, unsigned own,
                         const std::vector<unsigned>& before) {
	const std::string key = gate25::quoted(item.key);
	if (item.kind != Node::Kind::integer || item.number < least || item.number > most)
		return "an item of " + key + " must be a whole number from " + std::to_string(least) + " to " +
		       std::to_string(most) + ", got " + item.spelt();
	if (item.number == own)
		return std::to_string(own) + " in " + key +
		       " is the length of a subscriber: decisions are made at it anyway";
	if (std::find(before.begin(), before.end(), static_cast<unsigned>(item.number)) != before.end())
		return std::to_string(item.number) + " stands in " + key + " already";
	return {};
}

void read_lengths(Section& section, std::string_view key, unsigned least, unsigned most, unsigned own,
                  std::vector<unsigned>& out) {
	const Node* node = section.find(key);
	if (node == nullptr) return;
	if (node->kind != Node::Kind::array) return section.errors().add_expected(*node, "an array of prefix lengths");
	for (const Node& item : node->members) {
		std::string error = length_error(item, least, most, own, out);
		if (error.empty())
			out.push_back(static_cast<unsigned>(item.number));
		else
			section.errors().add(item.where, std::move(error));
	}
	std::sort(out.begin(), out.end(), std::greater<>());
}

} // namespace

bool read_network(Reader& reader, Network& out) {
	Section section = reader.section("network");
	Errors& errors = reader.errors();
	const std::size_t before = errors.count();
	Prefixes subscribers = read_required(section, "subscribers", "the prefixes of all subscribers");
	const Prefixes relays = read_required(section, "relays", "the provider's mail relays");
	const Prefixes routers = section.prefixes("routers");
	section.number("subscriber_prefix_ipv6", 32, 128, out.subscriber_prefix_ipv6);
	read_lengths(section, "further_lengths_ipv4", 8, 31, 32, out.further_lengths_ipv4);
	read_lengths(section, "further_lengths_ipv6", 16, 128, out.subscriber_prefix_ipv6, out.further_lengths_ipv6);
	out.subscribers = values_of(subscribers);
	out.relays = values_of(relays);
	out.routers = values_of(routers);
	std::sort(subscribers.begin(), subscribers.end(),
	          [](const auto& a, const auto& b) { return a.value < b.value; });
	refuse_overlaps(subscribers, errors);
	refuse_small_networks(subscribers, out.subscriber_prefix_ipv6, errors);
	refuse_whole_networks(relays, values_of(subscribers), errors);
	refuse_whole_networks(routers, values_of(subscribers), errors);
	return errors.count() == before;
}

} // namespace gate25::config_file
