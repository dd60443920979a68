// SPDX-License-Identifier: GPL-2.0-or-later
//
// The policy service: bytes of a mail server's request in, bytes of the answer out. Whatever goes wrong here must hold up
// no mail, unless [volume] fail = "closed" asks for that.
#pragma once

#include "core/log.h"
#include "core/relay_volume.h"
#include "flow/access.h"

#include <functional>
#include <string>
#include <string_view>

namespace gate25 {

struct PolicyServiceCounters {
	std::uint64_t requests = 0;
	std::uint64_t unreadable = 0; // of these
	std::uint64_t failed = 0;     // of these: an error of our own
	std::uint64_t strangers = 0;  // connections from addresses that are no policy_clients
	MailCounters mail;
};

class PolicyService {
public:
	struct World {
		std::function<const Policy&()> policy; // as it stands at each request
		MailSums& sums;
		std::function<VolumeTime()> time;
		Log log;
	};
	explicit PolicyService(World world) : world_(std::move(world)) {}
	// To a request without its empty line.
	std::string answer(std::string_view request);
	// To one that is longer than any may be; whoever reads it ends the connection.
	std::string answer_too_long();
	// Somebody who may not ask was turned away.
	void has_met_stranger(const std::string& who);
	PolicyServiceCounters counters() const;

private:
	// What was complained about lately is complained about once a minute, with its count.
	struct Complaint {
		std::uint64_t count = 0;
		VolumeTime next = 0;
	};
	MailAnswer decide(std::string_view request);
	MailAnswer helpless() const;
	void complain(Complaint& complaint, const std::string& what);

	World world_;
	RelayVolume mails_;
	PolicyServiceCounters counters_;
	Complaint unreadable_, failed_, strangers_;
};

// Who may use the unix socket: a mail server, which runs as `postfix`, and whoever may use the control socket. A user of
// the alert socket may not: he could use up the limits of others.
[[nodiscard]] Result<void> may_ask_policy(const Peer& peer, const AccessRules& rules);

} // namespace gate25
