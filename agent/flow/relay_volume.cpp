// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/relay_volume.h"

#include "wire/policy_request.h"

#include <exception>
#include <fmt/format.h>
#include <utility>

namespace gate25 {
namespace {

constexpr std::string_view mail_server_user = "postfix";
constexpr VolumeTime between_complaints = 60;

} // namespace

std::string PolicyService::answer(std::string_view request) {
	++counters_.requests;
	MailAnswer answer;
	try {
		answer = decide(request);
	} catch (const std::exception& error) {
		++counters_.failed;
		answer = helpless();
		complain(failed_, fmt::format("a question of the mail server could not be answered: {}", error.what()));
	}
	return spell_policy_answer(answer);
}

MailAnswer PolicyService::decide(std::string_view request) {
	const Policy& policy = world_.policy();
	if (!policy.config().volume.enabled) return {};
	const auto read = parse_policy_request(request);
	if (read) return mails_.answer(*read, policy, world_.sums, world_.time());
	++counters_.unreadable;
	complain(unreadable_, fmt::format("a question of the mail server could not be read: {}", read.error().text));
	return helpless();
}

std::string PolicyService::answer_too_long() {
	++counters_.requests;
	++counters_.unreadable;
	complain(unreadable_, fmt::format("a question of the mail server is longer than {} bytes", longest_policy_request));
	return spell_policy_answer(helpless());
}

// The documented choice. The mail server's own default when nobody answers is to be set likewise (gate25-volume(7)).
MailAnswer PolicyService::helpless() const {
	if (world_.policy().config().volume.fail == Fail::open) return {};
	return {MailAnswer::Kind::defer, "4.3.0 The limits of your provider cannot be checked now. Please try again later."};
}

void PolicyService::has_met_stranger(const std::string& who) {
	++counters_.strangers;
	complain(strangers_, fmt::format("refused: {} may not ask the policy service: expected an address of [volume] policy_clients", who));
}

void PolicyService::complain(Complaint& complaint, const std::string& what) {
	++complaint.count;
	const VolumeTime now = world_.time();
	if (now < complaint.next) return;
	const auto count = std::exchange(complaint.count, 0);
	world_.log(LogLevel::warning, count == 1 ? what : fmt::format("{} ({} times since the last message of this kind)", what, count));
	complaint.next = now + between_complaints;
}

PolicyServiceCounters PolicyService::counters() const {
	PolicyServiceCounters now = counters_;
	now.mail = mails_.counters();
	return now;
}

Result<void> may_ask_policy(const Peer& peer, const AccessRules& rules) {
	if (peer.user == mail_server_user || may_use(peer, SocketKind::control, rules)) return {};
	return fail(ErrorKind::denied, fmt::format("user {} (uid {}) may not use the policy socket: it is for the user {} and for those "
	                                           "who may use the control socket",
	                                           peer.user, peer.uid, mail_server_user));
}

} // namespace gate25
