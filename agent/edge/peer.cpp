// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/peer.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <grp.h>
#include <optional>
#include <pwd.h>
#include <sys/socket.h>
#include <vector>

namespace gate25 {
namespace {

constexpr std::size_t longest_entry = std::size_t{1} << 20; // a group with very many members

// The *_r functions say ERANGE until the buffer is long enough; `call` gets buffer and size.
template <class Call> bool with_buffer(Call call) {
	for (std::size_t size = 4096; size <= longest_entry; size *= 4) {
		std::vector<char> buffer(size);
		if (const int error = call(buffer); error != ERANGE) return error == 0;
	}
	return false;
}

std::optional<std::string> name_of(uid_t uid) {
	std::optional<std::string> name;
	with_buffer([&](std::vector<char>& buffer) {
		passwd entry{};
		passwd* found = nullptr;
		const int error = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
		if (error == 0 && found != nullptr) name = found->pw_name;
		return error;
	});
	return name;
}

} // namespace

Result<Peer> peer_of(int fd) {
	ucred credentials{};
	socklen_t size = sizeof credentials;
	if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
		const int error = errno;
		return fail(ErrorKind::denied,
		            fmt::format("the kernel does not say who connected: {}", std::strerror(error)), error);
	}
	return Peer{credentials.uid, credentials.gid, credentials.pid, {}};
}

std::string user_name(std::uint32_t uid) {
	return name_of(uid).value_or(fmt::format("uid {}", uid));
}

Result<std::uint32_t> gid_of(const std::string& group) {
	std::optional<gid_t> gid;
	with_buffer([&](std::vector<char>& buffer) {
		::group entry{};
		::group* found = nullptr;
		const int error = ::getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(), &found);
		if (error == 0 && found != nullptr) gid = found->gr_gid;
		return error;
	});
	if (gid) return *gid;
	return fail(
	    ErrorKind::not_found,
	    fmt::format("there is no group '{0}': create it (groupadd --system {0}) or name another one", group));
}

bool is_member(std::uint32_t uid, std::uint32_t primary_gid, const std::string& group) {
	const auto wanted = gid_of(group);
	if (!wanted) return false;
	if (primary_gid == *wanted) return true;
	const auto name = name_of(uid);
	if (!name) return false;
	std::vector<gid_t> groups(64);
	for (;;) {
		int count = static_cast<int>(groups.size());
		if (::getgrouplist(name->c_str(), primary_gid, groups.data(), &count) >= 0) {
			groups.resize(static_cast<std::size_t>(count));
			return std::find(groups.begin(), groups.end(), *wanted) != groups.end();
		}
		if (count <= static_cast<int>(groups.size())) return false;
		groups.resize(static_cast<std::size_t>(count));
	}
}

} // namespace gate25
