// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/config.h"
#include "wire/config_words.h"

#include <fmt/format.h>

namespace gate25 {

namespace {

using namespace config_file;

// A basic string of TOML.
std::string literal(std::string_view text) {
	std::string out = "\"";
	for (const char c : text) {
		if (c == '"' || c == '\\') out += '\\';
		if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
			out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
		else
			out += c;
	}
	return out + '"';
}

std::string literal(unsigned number) {
	return std::to_string(number);
}
std::string literal(const std::string& text) {
	return literal(std::string_view(text));
}
std::string literal(const Prefix& prefix) {
	return literal(prefix.text());
}
std::string literal(const Address& address) {
	return literal(address.text());
}
std::string literal(const std::optional<Seconds>& duration) {
	return literal(duration_text(duration));
}

template <class T> std::string literal(const std::vector<T>& list) {
	std::string out;
	for (const T& item : list) {
		if (!out.empty()) out += ", ";
		out += literal(item);
	}
	return '[' + out + ']';
}

template <class T> void line(std::string& out, std::string_view key, const T& value) {
	out.append(key).append(" = ").append(literal(value)).append("\n");
}

void print(std::string& out, const Network& network) {
	out += "[network]\n";
	line(out, "subscribers", network.subscribers);
	line(out, "relays", network.relays);
	line(out, "routers", network.routers);
	line(out, "subscriber_prefix_ipv6", network.subscriber_prefix_ipv6);
	line(out, "further_lengths_ipv4", network.further_lengths_ipv4);
	line(out, "further_lengths_ipv6", network.further_lengths_ipv6);
}

void print(std::string& out, const Port25& port25) {
	out += "\n[port25]\n";
	line(out, "policy", word_for(policy_words, port25.policy));
	line(out, "deny", word_for(deny_words, port25.deny));
	line(out, "redirect_to", word_for(redirect_words, port25.redirect_to));
	line(out, "redirect_relays", port25.redirect_relays);
	line(out, "tunnels", word_for(tunnel_words, port25.tunnels));
}

void print(std::string& out, const PrefixPolicy& prefix) {
	out += "\n[[prefix]]\n";
	line(out, "match", prefix.match);
	line(out, "policy", word_for(policy_words, prefix.action));
}

void print(std::string& out, const QuarantineRules& quarantine) {
	out += "\n[quarantine]\n";
	line(out, "level", word_for(level_words, quarantine.level));
	line(out, "duration", quarantine.duration);
	line(out, "limit", quarantine.limit);
	line(out, "memory", std::optional(quarantine.memory));
}

void print(std::string& out, const Garden& garden) {
	if (!garden.enabled) return;
	out += "\n[garden]\n";
	line(out, "allow", garden.allow);
	if (garden.portal_ipv4) line(out, "portal_ipv4", *garden.portal_ipv4);
	if (garden.portal_ipv6) line(out, "portal_ipv6", *garden.portal_ipv6);
}

void print(std::string& out, const AgentSettings& agent) {
	out += "\n[agent]\n";
	line(out, "control_socket", agent.control_socket);
	line(out, "alert_socket", agent.alert_socket);
	line(out, "state", agent.state);
	line(out, "rules", agent.rules);
	line(out, "group", agent.group);
	line(out, "alert_users", agent.alert_users);
	line(out, "audit_keep", std::optional(agent.audit_keep));
}

} // namespace

std::string config_text(const Config& config) {
	std::string out;
	print(out, config.network);
	print(out, config.port25);
	for (const PrefixPolicy& prefix : config.prefixes) print(out, prefix);
	print(out, config.quarantine);
	print(out, config.garden);
	print(out, config.agent);
	return out;
}

} // namespace gate25
