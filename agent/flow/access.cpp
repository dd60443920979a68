// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/access.h"

#include <algorithm>
#include <fmt/format.h>

namespace gate25 {

namespace {

bool is_desk(const Peer& peer, const AccessRules& rules) {
	const std::string& group = rules.config.agent.group;
	return peer.uid == 0 || peer.uid == rules.own_uid || (!group.empty() && rules.is_member(peer, group));
}

std::string_view others_of(SocketKind socket) {
	if (socket == SocketKind::alert) return ", [agent] alert_users and the users of [[reporter]]";
	return socket == SocketKind::portal ? " and [agent] portal_users" : "";
}

bool names(const std::vector<std::string>& users, const std::string& user) {
	return std::find(users.begin(), users.end(), user) != users.end();
}

} // namespace

std::string_view socket_text(SocketKind socket) {
	if (socket == SocketKind::alert) return "alert socket";
	return socket == SocketKind::portal ? "portal socket" : "control socket";
}

bool is_alert_socket_for_others(const Config& config) {
	const auto has_users = [](const Reporter& reporter) { return !reporter.users.empty(); };
	return !config.agent.alert_users.empty() || std::any_of(config.reporters.begin(), config.reporters.end(), has_users);
}

Voucher voucher_of(const Peer& peer, const AccessRules& rules) {
	Voucher voucher;
	voucher.user = peer.user;
	voucher.is_desk = is_desk(peer, rules);
	voucher.is_named = names(rules.config.agent.alert_users, peer.user);
	return voucher;
}

Result<void> may_use(const Peer& peer, SocketKind socket, const AccessRules& rules) {
	if (is_desk(peer, rules)) return {};
	const std::string& group = rules.config.agent.group;
	if (socket == SocketKind::alert) {
		const auto& users = rules.config.agent.alert_users;
		if (names(users, "*") || names(users, peer.user)) return {};
		for (const Reporter& reporter : rules.config.reporters)
			if (names(reporter.users, peer.user)) return {};
	}
	if (socket == SocketKind::portal && names(rules.config.agent.portal_users, peer.user)) return {};
	return fail(ErrorKind::denied, fmt::format("user {} (uid {}) may not use the {}: it is for root{}{}", peer.user, peer.uid,
	                                           socket_text(socket), group.empty() ? "" : " and group " + group, others_of(socket)));
}

} // namespace gate25
