// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/radius_accounting.h"

#include "core/big_endian.h"
#include "core/judge.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace gate25 {
namespace {

constexpr Milliseconds tell_every{60'000};
constexpr std::size_t most_servers = 65'536;

bool begins_or_goes_on(RadiusStatus status) { return status == RadiusStatus::start || status == RadiusStatus::interim; }
bool is_restart(RadiusStatus status) { return status == RadiusStatus::accounting_on || status == RadiusStatus::accounting_off; }
bool is_known(RadiusStatus status) { return begins_or_goes_on(status) || status == RadiusStatus::stop || is_restart(status); }

// The authenticator is a hash of all other bytes: the same one is the same packet, whoever sends it and from where.
std::uint64_t packet_key(const RadiusPacket& packet) {
	return big_endian(packet.authenticator().first(8));
}

// Who sends from somewhere else sends another packet, and wants an answer of his own (RFC 5080 2.2.2).
std::uint32_t path_hash(const RadiusDatagram& datagram) {
	const std::size_t hash = std::hash<Address>()(datagram.path.peer) * 31 + datagram.path.port;
	return static_cast<std::uint32_t>(hash ^ hash >> 32U);
}

ServerHash server_hash(const RadiusAccount& account, const Address& peer) {
	const std::uint64_t hash = text_hash(account.access_server.empty() ? peer.text() : account.access_server);
	return std::max<ServerHash>(1, static_cast<ServerHash>(hash ^ hash >> 32U)); // 0 is none
}

// Of those who give no name to their server two may use the same number for a session.
SessionHash session_hash(const RadiusAccount& account, const Address& peer) {
	if (account.session.empty()) return 0;
	const std::string server = account.access_server.empty() ? peer.text() : account.access_server;
	return std::max<SessionHash>(1, text_hash(std::to_string(server.size()) + ' ' + server + account.session));
}

} // namespace

RadiusAccounting::RadiusAccounting(World world) : world_(std::move(world)) {}

void RadiusAccounting::configure(const RadiusRules& rules, SourceRank source) {
	source_ = source;
	name_ = rules.subscriber;
	clients_ = rules.clients;
	by_length_.clear();
	for (std::size_t i = 0; i < clients_.size(); ++i)
		for (const Prefix& match : clients_[i].match) by_length_[match.length()].emplace(match, i);
}

const RadiusClient* RadiusAccounting::client_at(const Address& address) const {
	for (const auto& [length, clients] : by_length_) {
		if (length > address_bits(address.family())) continue;
		const auto found = clients.find(Prefix::of(address, length));
		if (found != clients.end()) return &clients_[found->second];
	}
	return nullptr;
}

void RadiusAccounting::take(std::span<const RadiusDatagram> datagrams) {
	Work work;
	work.now = wall_.of(world_.now());
	for (const RadiusDatagram& datagram : datagrams) take_one(datagram, work);
	finish(std::move(work));
}

void RadiusAccounting::take_one(const RadiusDatagram& datagram, Work& work) {
	const RadiusClient* client = client_at(datagram.path.peer);
	if (client == nullptr || client->secret.empty()) {
		++counters().forged;
		return tell(Dropped::forged,
		            datagram.path.peer.text() + (client == nullptr ? " is no [[radius_client]]" : ": the secret of " + client->name + " could not be read"),
		            work.now);
	}
	const auto packet = read_radius(datagram.bytes);
	if (!packet) {
		++counters().malformed;
		return tell(Dropped::malformed, client->name + ", " + datagram.path.peer.text() + ": " + packet.error().text, work.now);
	}
	if (!is_authentic(*packet, client->secret)) {
		++counters().forged;
		return tell(Dropped::forged, client->name + ", " + datagram.path.peer.text() + ": its authenticator is wrong; are the secrets the same?", work.now);
	}
	work.is_heard = true;
	if (packet->code == RadiusCode::status_server)
		work.at_once.push_back({datagram.path, spell_radius_answer(*packet, client->secret)});
	else take_authentic(datagram, *packet, client->secret, work);
}

void RadiusAccounting::take_authentic(const RadiusDatagram& datagram, const RadiusPacket& packet, const std::string& secret, Work& work) {
	const std::uint64_t key = packet_key(packet);
	const std::uint32_t path = path_hash(datagram);
	const auto second = static_cast<std::uint32_t>(work.now.boot.count() / 1000);
	const Seen* seen = packets_.find(key);
	if (seen != nullptr && seen->state == Seen::State::refused) seen = nullptr;
	const bool is_again = seen != nullptr && seen->path == path && Seconds{second - seen->at} <= repeated_within;
	if (is_again || (seen != nullptr && seen->state == Seen::State::waiting)) {
		++counters().repeated;
		if (seen->state == Seen::State::answered) work.at_once.push_back({datagram.path, spell_radius_answer(packet, secret)});
		return;
	}
	auto account = read_radius_account(packet, name_);
	const bool is_unnamed = account && begins_or_goes_on(account->status) && !account->prefixes.empty() && account->subscriber.empty();
	if (!account || is_unnamed) {
		++counters().malformed;
		return tell(Dropped::malformed, datagram.path.peer.text() + ": " + (account ? "a record without the attribute that names the subscriber" : account.error().text), work.now);
	}
	if (waiting_ + work.packets.size() >= most_waiting) return tell(Dropped::unwritten, "more packets come than can be written down", work.now);
	AssignmentClaim claim = claim_of(*account, datagram.path.peer);
	Server& server = server_of(claim.server);
	const ServerClock::Dated dated = server.clock.date(account->event, account->delay, work.now);
	claim.at = dated.at;
	if (dated.is_odd) ++counters().odd_times;
	const bool is_old_one = is_old(*account, claim, seen, server, account->event && !dated.is_odd);
	if (is_old_one) ++counters().repeated;
	RadiusAnswer answer{datagram.path, spell_radius_answer(packet, secret)};
	const bool says_nothing = !is_known(account->status) || (begins_or_goes_on(account->status) && account->prefixes.empty());
	if (is_old_one || says_nothing) return work.at_once.push_back(std::move(answer));
	note(*account, claim, server, work.now);
	packets_.put(key, {second, path, Seen::State::waiting});
	work.packets.push_back(key);
	work.answers.push_back(std::move(answer));
	work.claims.push_back(std::move(claim));
}

AssignmentClaim RadiusAccounting::claim_of(const RadiusAccount& account, const Address& peer) const {
	AssignmentClaim claim;
	claim.source = source_;
	claim.server = server_hash(account, peer);
	if (is_restart(account.status)) {
		claim.kind = AssignmentClaim::Kind::end_server;
		return claim;
	}
	claim.session = session_hash(account, peer);
	claim.subscriber = account.subscriber;
	if (begins_or_goes_on(account.status)) claim.prefixes = account.prefixes;
	else claim.kind = AssignmentClaim::Kind::end;
	return claim;
}

// Whether something newer has been said already. What another session says newer of the same prefix, the book knows
// (core/assignment_book.h); it does not know what has ended.
bool RadiusAccounting::is_old(const RadiusAccount& account, const AssignmentClaim& claim, const Seen* seen, const Server& server, bool is_stamped) {
	if (is_restart(account.status)) return false; // without a stamp one is like the other
	if (begins_or_goes_on(account.status)) {
		const UnixTime* end = ended_.find(claim.session);
		// Without a stamp, what was overtaken on its way is only as old as it is late.
		const Seconds overtaken = account.event ? Seconds{0} : repeated_within;
		if (end != nullptr && claim.at <= *end + overtaken) return true;
		if (claim.at < server.restarted) return true;
	}
	// The same bytes long after: with a stamp that can be the order decides. Without one a server that has begun anew may say the same again.
	return seen != nullptr && !is_stamped && Seconds{seen->at} >= std::chrono::floor<Seconds>(server.restart_arrived);
}

void RadiusAccounting::note(const RadiusAccount& account, const AssignmentClaim& claim, Server& server, const Now& now) {
	if (is_restart(account.status)) {
		server.restarted = std::max(server.restarted, claim.at);
		server.restart_arrived = now.boot;
	}
	if (account.status != RadiusStatus::stop) return;
	const UnixTime* known = ended_.find(claim.session);
	if (known == nullptr || *known < claim.at) ended_.put(claim.session, claim.at);
}

void RadiusAccounting::finish(Work&& work) {
	if (!work.at_once.empty()) world_.send(std::move(work.at_once));
	if (work.claims.empty()) {
		if (work.is_heard) world_.taker.heard(source_);
		return;
	}
	waiting_ += work.packets.size();
	auto done = [this, alive = std::weak_ptr<bool>(alive_), packets = std::move(work.packets),
	             answers = std::move(work.answers)](Result<void> stored) mutable {
		if (alive.expired()) return;
		waiting_ -= packets.size();
		settle(packets, stored ? Seen::State::answered : Seen::State::refused);
		if (stored) world_.send(std::move(answers));
		else tell(Dropped::unwritten, "not written down, so not answered: " + stored.error().text, world_.now());
	};
	world_.taker.take(std::move(work.claims), std::move(done));
}

void RadiusAccounting::settle(const std::vector<std::uint64_t>& packets, Seen::State state) {
	for (const std::uint64_t key : packets)
		if (Seen* seen = packets_.find(key)) seen->state = state;
}

// Whoever forges or floods does so often: the log hears of it once a minute, the counters have the number.
void RadiusAccounting::tell(Dropped why, const std::string& text, const Now& now) {
	std::optional<Milliseconds>& told = told_[static_cast<std::size_t>(why)];
	if (told && now.boot - *told < tell_every) return;
	told = now.boot;
	world_.log(LogLevel::warning, "a packet of RADIUS accounting was dropped, as others may have been: " + text);
}

RadiusAccounting::Server& RadiusAccounting::server_of(ServerHash server) {
	if (servers_.size() >= most_servers && !servers_.contains(server)) servers_.clear();
	return servers_[server];
}

} // namespace gate25
