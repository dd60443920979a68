// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_sections.h"

#include <algorithm>

namespace gate25::config_file {

namespace {

// redirect.nft has so many places, which the relays fill in turn.
constexpr std::ptrdiff_t most_relays = 12;

std::vector<Address> read_relays(Section& section) {
	std::vector<Placed<Prefix>> hosts;
	for (const auto& text : section.texts("redirect_relays", "[\"192.0.2.25\", \"2001:db8:25::25\"]"))
		if (const auto host = address_of(*text.node, section.errors()))
			hosts.push_back({Prefix::host(host->value), text.node});
	std::vector<Address> out;
	for (const auto& host : without_twins(std::move(hosts), section.errors())) out.push_back(host.value.address());
	return out;
}

// Nobody named for a family: the mail relays themselves, as far as they are hosts.
void fill_from_relays(const Network& network, std::vector<Address>& relays, Family family) {
	const auto is_of_family = [&](const Address& relay) { return relay.family() == family; };
	if (std::any_of(relays.begin(), relays.end(), is_of_family)) return;
	for (const Prefix& relay : network.relays)
		if (relay.family() == family && relay.is_host()) relays.push_back(relay.address());
}

bool has_subscribers(const Network* network, Family family) {
	return network != nullptr && std::any_of(network->subscribers.begin(), network->subscribers.end(),
	                                         [&](const Prefix& prefix) { return prefix.family() == family; });
}

void check_relays(Section& section, const Network* network, const Port25& port25) {
	const Node* list = section.find("redirect_relays");
	const Where where = list != nullptr ? list->where : section.where();
	for (const Family family : {Family::ipv4, Family::ipv6}) {
		const auto count = std::count_if(port25.redirect_relays.begin(), port25.redirect_relays.end(),
		                                 [&](const Address& relay) { return relay.family() == family; });
		const std::string name = family == Family::ipv4 ? "IPv4" : "IPv6";
		if (count > most_relays)
			section.errors().add(where, "\"redirect_relays\" has " + std::to_string(count) + ' ' + name +
			                                " relays, at most " + std::to_string(most_relays) +
			                                " can share the work");
		if (count == 0 && port25.redirect_to == RedirectTo::relay && has_subscribers(network, family))
			section.errors().add(where, "redirect_to = \"relay\" needs an " + name +
			                                " relay in \"redirect_relays\" or a host in \"relays\": there are " + name +
			                                " subscribers");
	}
}

} // namespace

void read_port25(Reader& reader, const Network* network, Port25& out) {
	Section section = reader.section("port25");
	section.choice("policy", policy_words, out.policy);
	section.choice("deny", deny_words, out.deny);
	section.choice("tunnels", tunnel_words, out.tunnels);
	const std::size_t before = reader.errors().count();
	section.choice("redirect_to", redirect_words, out.redirect_to);
	out.redirect_relays = read_relays(section);
	if (network != nullptr && out.redirect_to == RedirectTo::relay)
		for (const Family family : {Family::ipv4, Family::ipv6}) fill_from_relays(*network, out.redirect_relays, family);
	if (reader.errors().count() == before) check_relays(section, network, out);
}

} // namespace gate25::config_file
