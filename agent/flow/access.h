// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who may use which socket, by what the kernel says of the peer.
#pragma once

#include "core/alert.h"
#include "core/config.h"
#include "wire/http.h"

#include <functional>

namespace gate25 {

struct AccessRules {
	const Config& config;
	std::uint32_t own_uid = 0;
	// Whether the peer is in a group.
	std::function<bool(const Peer&, const std::string& group)> is_member;
};

std::string_view socket_text(SocketKind socket); // "portal socket"
// What the kernel's word on the peer is worth for the alerts that it brings.
Voucher voucher_of(const Peer& peer, const AccessRules& rules);
// Whether anybody but the desk may use the alert socket.
bool is_alert_socket_for_others(const Config& config);
// root, the agent's own user and the group may use all sockets, alert_users and the users of reporters the alert socket,
// portal_users that of the portal.
[[nodiscard]] Result<void> may_use(const Peer& peer, SocketKind socket, const AccessRules& rules);

} // namespace gate25
