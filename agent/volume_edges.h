// SPDX-License-Identifier: GPL-2.0-or-later
//
// Joins the counting of mail to the kernel's logs and queues, to mail servers and to those who get a notice.
#pragma once

#include "edge/kernel/nflog.h"
#include "edge/kernel/verdict_queues.h"
#include "edge/policy_server.h"
#include "edge/smtp_notice.h"
#include "flow/agent.h"

#include <memory>
#include <string>

namespace gate25 {

class VolumeEdges {
public:
	VolumeEdges(Loop& loop, Agent& agent);
	VolumeEdges(const VolumeEdges&) = delete;
	VolumeEdges& operator=(const VolumeEdges&) = delete;
	// At start and after a reload: opens what the configuration wants and lets go of the rest. What cannot be opened is
	// tried again; meanwhile `gate25 status` says so.
	void configure();
	VolumeSources sources() const;

private:
	void watch_kernel(const VolumeRules& rules);
	std::optional<Verdicts> verdicts() const;
	void serve_mail_servers(const VolumeRules& rules);
	void serve_notices(const Port25& rules);

	Loop& loop_;
	Agent& agent_;
	std::unique_ptr<NflogReader> attempts_, connections_;
	std::unique_ptr<VerdictQueues> queues_;
	std::unique_ptr<PolicyServer> policy_;
	std::unique_ptr<SmtpNotice> notice_;
	VolumeRules queued_, served_; // that queues_ and policy_ were opened for
	Port25 noticed_;
	std::string policy_problem_, notice_problem_;
	Timer again_;
};

} // namespace gate25
