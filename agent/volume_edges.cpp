// SPDX-License-Identifier: GPL-2.0-or-later
#include "volume_edges.h"

#include "edge/files.h"
#include "edge/peer.h"

#include <cerrno>
#include <utility>

namespace gate25 {
namespace {

constexpr std::uint16_t attempts_group = 25, connections_group = 26, first_queue = 25; // rules/attempts.nft and its neighbours
constexpr Milliseconds try_again_after{10'000};

} // namespace

VolumeEdges::VolumeEdges(Loop& loop, Agent& agent) : loop_(loop), agent_(agent) {
	agent_.volume().sources = [this] { return sources(); };
}

void VolumeEdges::configure() {
	const Config& config = agent_.policy().config();
	watch_kernel(config.volume);
	const std::string problem = policy_problem_ + notice_problem_;
	serve_mail_servers(config.volume);
	serve_notices(config.port25);
	again_.cancel();
	if (policy_problem_.empty() && notice_problem_.empty()) return;
	for (const std::string& each : {policy_problem_, notice_problem_})
		if (!each.empty() && problem != policy_problem_ + notice_problem_) agent_.log(LogLevel::warning, each);
	again_ = loop_.after(try_again_after, [this] { configure(); });
}

std::optional<Verdicts> VolumeEdges::verdicts() const {
	return verdicts_by(agent_.policy().config().volume, agent_.enforcer().abilities());
}

void VolumeEdges::watch_kernel(const VolumeRules& rules) {
	Volume& volume = agent_.volume();
	const auto by = verdicts();
	const bool is_queued = by == Verdicts::queue || by == Verdicts::external;
	if (!rules.enabled) attempts_.reset();
	else if (!attempts_)
		attempts_ = std::make_unique<NflogReader>(loop_, attempts_group, [&volume](std::span<const Opening> some) { volume.take_attempts(some); });
	if (!rules.enabled || is_queued) connections_.reset();
	else if (!connections_)
		connections_ = std::make_unique<NflogReader>(loop_, connections_group, [&volume](std::span<const Opening> some) { volume.take_connections(some); });
	if (!is_queued || queued_.queues != rules.queues || queued_.fail != rules.fail) queues_.reset();
	if (!is_queued || queues_) return;
	VerdictOptions options;
	options.first = first_queue;
	options.count = rules.queues;
	options.fail = rules.fail;
	options.prepare = [&volume](std::span<const Opening> some) { volume.prepare(some); };
	options.decide = [&volume](const Opening& opening) { return volume.decide(opening); };
	queues_ = std::make_unique<VerdictQueues>(loop_, options);
	queued_ = rules;
}

void VolumeEdges::serve_mail_servers(const VolumeRules& rules) {
	const bool is_wanted = rules.enabled && (!rules.policy_socket.empty() || !rules.policy_listen.empty());
	if (!is_wanted || served_.policy_socket != rules.policy_socket || served_.policy_listen != rules.policy_listen) policy_.reset();
	policy_problem_.clear();
	if (!is_wanted) return;
	if (policy_) return policy_->set_clients(rules.policy_clients);
	PolicyServerOptions options;
	options.path = rules.policy_socket;
	options.is_for_everyone = true; // `authorize` decides
	options.authorize = [this](const Peer& peer) { return may_ask_policy(peer, agent_.access_rules()); };
	options.listen = rules.policy_listen;
	options.clients = rules.policy_clients;
	options.on_stranger = [this](const std::string& who) { agent_.policy_service().has_met_stranger(who); };
	options.answer = [this](std::string_view request) { return agent_.policy_service().answer(request); };
	options.answer_too_long = [this] { return agent_.policy_service().answer_too_long(); };
	auto made = options.path.empty() ? Result<void>() : make_parent(options.path);
	auto opened = made ? PolicyServer::open(loop_, std::move(options)) : fail(made.error());
	if (!opened) {
		policy_problem_ = "mail servers are not answered: " + opened.error().text;
		if (opened.error().saved_errno == EAFNOSUPPORT) policy_problem_ += "; the service may use no internet sockets, see gate25-volume(7)";
		return;
	}
	policy_ = std::move(*opened);
	served_ = rules;
}

void VolumeEdges::serve_notices(const Port25& rules) {
	const bool is_same = noticed_.notice_port == rules.notice_port && noticed_.notice_text == rules.notice_text;
	if (rules.deny != Deny::notice || !is_same) notice_.reset();
	notice_problem_.clear();
	if (rules.deny != Deny::notice || notice_) return;
	SmtpNoticeOptions options;
	options.port = rules.notice_port;
	options.text = rules.notice_text;
	options.limits.peer_prefix_ipv6 = agent_.policy().config().network.subscriber_prefix_ipv6;
	auto opened = SmtpNotice::open(loop_, std::move(options));
	if (!opened) {
		notice_problem_ = "refused connections get no notice: " + opened.error().text;
		return;
	}
	notice_ = std::move(*opened);
	noticed_ = rules;
}

VolumeSources VolumeEdges::sources() const {
	VolumeSources sources;
	if (const auto by = verdicts()) sources.verdicts = verdicts_text(*by);
	if (attempts_) sources.attempts = attempts_->health();
	if (connections_) sources.connections = connections_->health();
	if (queues_) sources.queues = queues_->health();
	if (policy_) sources.policy_connections = policy_->status().connections;
	if (notice_) {
		const SmtpNoticeStatus status = notice_->status();
		sources.notice_connections = status.connections;
		sources.notices = status.served;
		sources.notices_refused = status.refused;
	}
	sources.policy_problem = policy_problem_;
	sources.notice_problem = notice_problem_;
	return sources;
}

} // namespace gate25
