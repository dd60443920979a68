// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/access.h"

#include <algorithm>
#include <fmt/format.h>

namespace gate25 {

Result<void> may_use(const Peer& peer, SocketKind socket, const AccessRules& rules) {
	if (peer.uid == 0 || peer.uid == rules.own_uid) return {};
	const std::string& group = rules.settings.group;
	if (!group.empty() && rules.is_member(peer, group)) return {};
	if (socket == SocketKind::alert) {
		const auto& users = rules.settings.alert_users;
		const auto is_named = [&](const std::string& user) { return user == "*" || user == peer.user; };
		if (std::any_of(users.begin(), users.end(), is_named)) return {};
	}
	const bool is_alert = socket == SocketKind::alert;
	return fail(ErrorKind::denied,
	            fmt::format("user {} (uid {}) may not use the {} socket: it is for root{}{}", peer.user, peer.uid,
	                        is_alert ? "alert" : "control", group.empty() ? "" : " and group " + group,
	                        is_alert ? " and [agent] alert_users" : ""));
}

} // namespace gate25
