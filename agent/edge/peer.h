// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who is at the other end of a unix socket, as the kernel says (SO_PEERCRED, unix(7)): the identity at
// the time of connect(). A user of a foreign user namespace that is not mapped here is the overflow user.
#pragma once

#include "core/result.h"
#include "wire/http.h"

#include <cstdint>
#include <string>

namespace gate25 {

// `user` stays empty: a name may take a question to a directory server, so ask for it when it is needed.
[[nodiscard]] Result<Peer> peer_of(int fd);
// The user's name, or "uid 1234" when it has none.
std::string user_name(std::uint32_t uid);
// Membership by primary group or by the group data base (a new member need not log in again). An unknown
// group has no members.
bool is_member(std::uint32_t uid, std::uint32_t primary_gid, const std::string& group);
[[nodiscard]] Result<std::uint32_t> gid_of(const std::string& group);

} // namespace gate25
