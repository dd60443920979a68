// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_sections.h"

#include <algorithm>

namespace gate25::config_file {

namespace {

// sockaddr_un holds 108 bytes, the terminating zero included.
constexpr std::size_t longest_socket_path = 107;
constexpr std::size_t longest_path = 4095;

bool has_control(std::string_view text) {
	return std::any_of(text.begin(), text.end(),
	                   [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// The node, when a path was given and is good.
const Node* read_path(Section& section, std::string_view key, std::size_t longest, std::string& out) {
	const auto given = section.text(key);
	if (!given) return nullptr;
	const std::string& path = given->value;
	if (!path.starts_with('/') || path.ends_with('/') || has_control(path)) {
		section.errors().add_expected(*given->node, "an absolute path");
		return nullptr;
	}
	if (path.size() > longest) {
		section.errors().add(given->node->where, quoted(path) + " has " + std::to_string(path.size()) +
		                                             " bytes, at most " + std::to_string(longest) + " fit");
		return nullptr;
	}
	out = path;
	return given->node;
}

void read_sockets(Section& section, AgentSettings& out) {
	const Node* control = read_path(section, "control_socket", longest_socket_path, out.control_socket);
	const Node* alert = read_path(section, "alert_socket", longest_socket_path, out.alert_socket);
	if (out.control_socket != out.alert_socket) return;
	const Node* later = alert == nullptr || (control != nullptr && alert->where < control->where) ? control : alert;
	section.errors().add(later->where, quoted(out.control_socket) +
	                                       " is both control_socket and alert_socket; "
	                                       "whoever may only send alerts would have full control");
}

// As useradd(8) takes them, and names from a directory service: no space, comma or slash, no leading dash.
bool is_name(std::string_view text) {
	return !text.empty() && text.size() <= 256 && text.front() != '-' && !has_control(text) &&
	       text.find_first_of(" \t:,/\"'*") == text.npos;
}

void read_group(Section& section, std::string& out) {
	const auto given = section.text("group");
	if (!given) return;
	if (given->value.empty() || is_name(given->value))
		out = given->value;
	else
		section.errors().add_expected(*given->node, "the name of a group, or empty");
}

void read_users(Section& section, std::vector<std::string>& out) {
	for (const auto& user : section.texts("alert_users", "[\"suricata\", \"www-data\"]"))
		if (user.value == "*" || is_name(user.value))
			out.push_back(user.value);
		else
			section.errors().add(user.node->where,
			                     "an item of \"alert_users\" must be the name of a user, or \"*\" "
			                     "for everybody, got " +
			                         user.node->spelt());
}

// An empty path keeps its meaning: where the rules were installed.
void read_rules(Section& section, std::string& out) {
	const Node* node = section.find("rules");
	const bool is_empty = node != nullptr && node->kind == Node::Kind::text && node->text.empty();
	if (!is_empty) read_path(section, "rules", longest_path, out);
}

// What is forgotten cannot be counted.
void compare_memories(Reader& reader, Section& agent, Seconds keep, Seconds memory) {
	if (keep >= memory) return;
	const Node* given = agent.find("audit_keep");
	if (given == nullptr) given = reader.section("quarantine").find("memory");
	reader.errors().add(given->where, "audit_keep (" + duration_text(keep) +
	                                      ") is shorter than the memory of [quarantine] (" + duration_text(memory) +
	                                      "): earlier quarantines would be forgotten too soon");
}

} // namespace

void read_agent(Reader& reader, const QuarantineRules& quarantine, AgentSettings& out) {
	Section section = reader.section("agent");
	read_sockets(section, out);
	read_path(section, "state", longest_path, out.state);
	read_rules(section, out.rules);
	read_group(section, out.group);
	read_users(section, out.alert_users);
	section.duration("audit_keep", out.audit_keep);
	compare_memories(reader, section, out.audit_keep, quarantine.memory);
}

} // namespace gate25::config_file
