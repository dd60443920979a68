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

std::ptrdiff_t count_of(const std::vector<Address>& relays, Family family) {
	return std::count_if(relays.begin(), relays.end(),
	                     [&](const Address& relay) { return relay.family() == family; });
}

bool has_subscribers(const Network& network, Family family) {
	return std::any_of(network.subscribers.begin(), network.subscribers.end(),
	                   [&](const Prefix& prefix) { return prefix.family() == family; });
}

// Nobody named for a family: the mail relays themselves, as far as they are hosts.
void fill_from_relays(const Network& network, std::vector<Address>& relays, Family family) {
	if (count_of(relays, family) > 0) return;
	for (const Prefix& relay : network.relays)
		if (relay.family() == family && relay.is_host()) relays.push_back(relay.address());
}

void complete_relays(Section& section, const Network& network, std::vector<Address>& relays, Family family) {
	const Node* list = section.find("redirect_relays");
	const std::string name = family == Family::ipv4 ? "IPv4" : "IPv6";
	if (!has_subscribers(network, family)) return;
	fill_from_relays(network, relays, family);
	if (count_of(relays, family) == 0)
		section.errors().add(list != nullptr ? list->where : section.where(),
		                     "redirect_to = \"relay\" needs an " + name +
		                         " relay in \"redirect_relays\" or a host in "
		                         "\"relays\": there are " +
		                         name + " subscribers");
}

void check_count(Section& section, const std::vector<Address>& relays, Family family) {
	const auto count = count_of(relays, family);
	if (count <= most_relays) return;
	const Node* list = section.find("redirect_relays");
	section.errors().add(list != nullptr ? list->where : section.where(),
	                     std::to_string(count) + (family == Family::ipv4 ? " IPv4" : " IPv6") +
	                         (list != nullptr ? " addresses in \"redirect_relays\"" : " hosts in \"relays\"") +
	                         ", at most " + std::to_string(most_relays) + " can share the redirected connections" +
	                         (list != nullptr ? "" : ": name them in \"redirect_relays\""));
}

constexpr std::size_t longest_notice = 400;

void read_notice(Section& section, Port25& out) {
	section.line("notice_text", longest_notice, out.notice_text);
	if (out.notice_text.empty())
		section.errors().add(section.find("notice_text")->where, "\"notice_text\" is empty: what is the subscriber told?");
	unsigned port = out.notice_port;
	section.number("notice_port", 1, 65535, port);
	out.notice_port = static_cast<std::uint16_t>(port);
	if (port == 25 || port == 465 || port == 587)
		section.errors().add(section.find("notice_port")->where,
		                     "\"notice_port\" cannot be " + std::to_string(port) +
		                         ", a port for mail: the agent would take the place of a mail server");
}

} // namespace

void read_port25(Reader& reader, const Network* network, Port25& out) {
	Section section = reader.section("port25");
	section.choice("policy", policy_words, out.policy);
	section.choice("deny", deny_words, out.deny);
	section.choice("tunnels", tunnel_words, out.tunnels);
	read_notice(section, out);
	const std::size_t before = reader.errors().count();
	section.choice("redirect_to", redirect_words, out.redirect_to);
	out.redirect_relays = read_relays(section);
	if (reader.errors().count() != before) return;
	for (const Family family : {Family::ipv4, Family::ipv6}) {
		if (network != nullptr && out.redirect_to == RedirectTo::relay)
			complete_relays(section, *network, out.redirect_relays, family);
		check_count(section, out.redirect_relays, family);
	}
}

} // namespace gate25::config_file
