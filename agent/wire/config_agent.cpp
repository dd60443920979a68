// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_kinds.h"
#include "wire/config_sections.h"

#include <algorithm>

namespace gate25::config_file {

namespace {

struct Socket {
	std::string_view key;
	const Node* node; // nullptr: not given
	const std::string& path;
};

void refuse_same(const Socket& one, const Socket& other, std::string_view why, Errors& errors) {
	if (one.path != other.path) return;
	const bool one_is_later = other.node == nullptr || (one.node != nullptr && other.node->where < one.node->where);
	const Node* later = one_is_later ? one.node : other.node;
	errors.add(later->where, quoted(one.path) + " is both " + std::string(one.key) + " and " +
	                             std::string(other.key) + "; " + std::string(why));
}

void read_sockets(Section& section, AgentSettings& out) {
	const Node* node = section.path("control_socket", longest_socket_path, out.control_socket);
	const Socket control{"control_socket", node, out.control_socket};
	node = section.path("alert_socket", longest_socket_path, out.alert_socket);
	const Socket alert{"alert_socket", node, out.alert_socket};
	node = section.path_or_none("eve_socket", longest_socket_path, out.eve_socket);
	const Socket eve{"eve_socket", node, out.eve_socket};
	node = section.path_or_none("portal_socket", longest_socket_path, out.portal_socket);
	const Socket portal{"portal_socket", node, out.portal_socket};
	for (const Socket& other : {control, alert, eve})
		if (!out.portal_socket.empty()) refuse_same(portal, other, "the portal's users may do less than others, and other things", section.errors());
	constexpr std::string_view full_control = "whoever may only send alerts would have full control";
	refuse_same(control, alert, full_control, section.errors());
	refuse_same(control, eve, full_control, section.errors());
	refuse_same(alert, eve, "one takes requests over HTTP, the other the bare lines of Suricata", section.errors());
}

void read_group(Section& section, std::string& out) {
	const auto given = section.text("group");
	if (!given) return;
	if (given->value.empty() || is_account(given->value))
		out = given->value;
	else
		section.errors().add_expected(*given->node, "the name of a group, or empty");
}

void read_portal_users(Section& section, std::vector<std::string>& out) {
	for (const auto& user : section.texts("portal_users", "[\"www-data\"]"))
		if (is_account(user.value)) out.push_back(user.value);
		else
			section.errors().add(user.node->where, "an item of \"portal_users\" must be the name of a user, got " + user.node->spelt());
}

void read_users(Section& section, std::vector<std::string>& out) {
	for (const auto& user : section.texts("alert_users", "[\"suricata\", \"www-data\"]"))
		if (user.value == "*" || is_account(user.value))
			out.push_back(user.value);
		else
			section.errors().add(user.node->where,
			                     "an item of \"alert_users\" must be the name of a user, or \"*\" "
			                     "for everybody, got " +
			                         user.node->spelt());
}

struct Memory {
	std::string_view section;
	std::string_view key;
	std::string_view what; // "the memory", in a message
	Seconds length;
	std::string_view otherwise;
};

// What is forgotten cannot be counted.
void refuse_shorter(Reader& reader, Section& agent, Seconds keep, const Memory& memory) {
	if (keep >= memory.length) return;
	const Node* given = agent.find("audit_keep");
	if (given == nullptr) given = reader.section(std::string(memory.section)).find(memory.key);
	reader.errors().add(given->where, "audit_keep (" + duration_text(keep) + ") is shorter than " +
	                                      std::string(memory.what) + " of [" + std::string(memory.section) + "] (" +
	                                      duration_text(memory.length) + "): " + std::string(memory.otherwise));
}

} // namespace

void read_agent(Reader& reader, const QuarantineRules& quarantine, const AlertRules& alerts, AgentSettings& out) {
	Section section = reader.section("agent");
	read_sockets(section, out);
	section.path("state", longest_path, out.state);
	section.path_or_none("rules", longest_path, out.rules);
	read_group(section, out.group);
	read_users(section, out.alert_users);
	read_portal_users(section, out.portal_users);
	section.duration("audit_keep", out.audit_keep);
	for (const Memory& memory :
	     {Memory{"quarantine", "memory", "the memory", quarantine.memory,
	             "earlier quarantines would be forgotten too soon"},
	      Memory{"alerts", "duplicates", "duplicates", alerts.duplicates,
	             "a report that comes again would count as a new one"},
	      Memory{"alerts", "within", "within", alerts.within, "incidents would be forgotten before they could count"}})
		refuse_shorter(reader, section, out.audit_keep, memory);
}

} // namespace gate25::config_file
