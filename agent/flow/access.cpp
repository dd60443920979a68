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

bool names(const std::vector<std::string>& users, const std::string& user) {
	return std::find(users.begin(), users.end(), user) != users.end();
}

} // namespace

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
	const bool is_alert = socket == SocketKind::alert;
	return fail(ErrorKind::denied,
	            fmt::format("user {} (uid {}) may not use the {} socket: it is for root{}{}", peer.user, peer.uid,
	                        is_alert ? "alert" : "control", group.empty() ? "" : " and group " + group,
	                        is_alert ? ", [agent] alert_users and the users of [[reporter]]" : ""));
}

} // namespace gate25
