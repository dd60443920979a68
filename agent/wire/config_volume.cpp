// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_kinds.h"
#include "wire/config_sections.h"

#include <algorithm>
#include <array>

namespace gate25::config_file {

namespace {

constexpr unsigned least_active = 1000, most_active = 50'000'000;
constexpr unsigned most_record_mib = 1U << 20U;
constexpr std::size_t longest_help = 200;

void read_queues(Section& section, unsigned& out) {
	const Node* node = section.find("queues");
	if (node == nullptr) return;
	const auto found = std::find(queue_counts.begin(), queue_counts.end(), node->number);
	if (node->kind == Node::Kind::integer && found != queue_counts.end())
		out = *found;
	else
		section.errors().add_expected(*node, "1, 2, 4 or 8");
}

void read_keep(Section& section, Seconds& out) {
	section.duration("keep", out);
	if (out < Seconds{3600})
		section.errors().add_expected(*section.find("keep"), "at least \"1h\"", ": the record is one of hours");
}

// --- the policy service ---

void read_policy_socket(Section& section, const AgentSettings& agent, std::string& out) {
	const Node* node = section.path_or_none("policy_socket", longest_socket_path, out);
	if (node == nullptr) return;
	struct Other {
		std::string_view key;
		const std::string& path;
	};
	for (const Other& other : {Other{"control_socket", agent.control_socket}, Other{"alert_socket", agent.alert_socket},
	                           Other{"eve_socket", agent.eve_socket}})
		if (out == other.path)
			section.errors().add(node->where, quoted(out) + " is both policy_socket and " + std::string(other.key) +
			                                      "; a mail server asks at the one, and not over HTTP");
}

std::vector<PolicyEndpoint> read_listen(Section& section) {
	std::vector<Placed<std::string>> texts;
	std::vector<PolicyEndpoint> out;
	for (const auto& text : section.texts("policy_listen", "[\"192.0.2.1:10025\", \"[2001:db8::1]:10025\"]"))
		if (const auto endpoint = parse_endpoint(text.value)) {
			out.push_back({endpoint->first, endpoint->second});
			texts.push_back({endpoint->first.text() + ' ' + std::to_string(endpoint->second), text.node});
		} else {
			section.errors().add_expected(*text.node, "made of addresses with a port, like \"192.0.2.1:10025\" or "
			                                          "\"[2001:db8::1]:10025\"");
		}
	without_twins(std::move(texts), section.errors());
	return out;
}

// Unlike subscribers and relays they may be on this machine.
std::vector<Prefix> read_clients(Section& section) {
	std::vector<Placed<Prefix>> out;
	for (const auto& text : section.texts("policy_clients", "[\"192.0.2.25\", \"2001:db8:25::/64\"]")) {
		const auto prefix = Prefix::parse(text.value);
		if (!prefix)
			section.errors().add(text.node->where, prefix.error().text);
		else if (prefix->length() == 0)
			section.errors().add(text.node->where, quoted(text.value) + " cannot stand in \"policy_clients\": anybody could "
			                                                            "ask, and make subscribers look guilty");
		else
			out.push_back({*prefix, text.node});
	}
	return values_of(without_twins(std::move(out), section.errors()));
}

void read_policy_service(Section& section, const AgentSettings& agent, VolumeRules& out) {
	read_policy_socket(section, agent, out.policy_socket);
	const std::size_t before = section.errors().count();
	out.policy_listen = read_listen(section);
	out.policy_clients = read_clients(section);
	if (section.errors().count() != before) return;
	if (!out.policy_listen.empty() && out.policy_clients.empty())
		section.errors().add(section.find("policy_listen")->where,
		                     "\"policy_listen\" needs \"policy_clients\": who may ask? Name your relays");
	if (out.policy_listen.empty() && !out.policy_clients.empty())
		section.errors().add(section.find("policy_clients")->where,
		                     "nobody listens for \"policy_clients\": it needs \"policy_listen\"");
}

} // namespace

void read_volume(Reader& reader, const AgentSettings& agent, VolumeRules& out) {
	Section section = reader.section("volume");
	out.enabled = section.is_present();
	section.choice("mode", mode_words, out.mode);
	section.flag("relays", out.relays);
	section.choice("verdicts", verdict_words, out.verdicts);
	read_queues(section, out.queues);
	section.choice("fail", fail_words, out.fail);
	section.number("active", least_active, most_active, out.active);
	read_keep(section, out.keep);
	section.number("record_mib", 1, most_record_mib, out.record_mib);
	section.line("help", longest_help, out.help);
	read_policy_service(section, agent, out);
}

} // namespace gate25::config_file
