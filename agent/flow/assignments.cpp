// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/assignments.h"

#include "core/plan.h"
#include "flow/agent.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace gate25 {

namespace {

bool contains(const std::vector<Prefix>& prefixes, const Prefix& prefix) {
	return std::any_of(prefixes.begin(), prefixes.end(), [&](const Prefix& one) { return one.contains(prefix); });
}

std::string kind_of(const AssignmentRules& rules, const std::string& name) {
	constexpr std::array<std::string_view, 4> lease_kinds{"kea", "kea-file", "dnsmasq", "csv"};
	for (const LeaseSource& source : rules.sources)
		if (source.name == name) return std::string(lease_kinds[static_cast<std::size_t>(source.kind)]);
	return name;
}

void add(SourceHealth& health, const ClaimOutcome& outcome) {
	health.refreshed += outcome.refreshed;
	health.conflicts += outcome.conflicts + (outcome.is_name_refused ? 1 : 0);
	health.stale += outcome.stale;
	for (const AssignmentChange& change : outcome.changes)
		++(change.kind == AssignmentChange::Kind::began ? health.began : health.ended);
}

} // namespace

Assignments::Assignments(Agent& agent, OpenStore open_store) : agent_(agent), open_store_(std::move(open_store)) {}

// Ranks are needed first: the file knows its sources by name.
void Assignments::load() {
	configure();
	auto opened = open_store_();
	if (!opened) {
		open_problem_ = "assignments are not kept: " + opened.error().text;
		agent_.log(LogLevel::warning, open_problem_);
		return;
	}
	store_ = std::move(*opened);
	writer_ = std::make_unique<AssignmentWriter>(*store_);
	configure();
	// Written while the clock stood ahead: all that is said now would look older.
	const UnixTime now = agent_.now().wall;
	const auto loaded = store_->load([this, now](Assignment&& assignment) {
		assignment.from = std::min(assignment.from, now);
		assignment.seen = std::min(assignment.seen, now);
		book_.put(assignment);
	});
	if (!loaded) open_problem_ = "assignments of before the start are not known: " + loaded.error().text;
	if (!open_problem_.empty()) agent_.log(LogLevel::warning, open_problem_);
	has_history_ = store_->health().oldest.has_value();
	if (const std::string warning = store_->health().warning; !warning.empty()) agent_.log(LogLevel::warning, warning);
}

// What stands goes by the rank that its source had: so a source keeps it for as long as the agent runs, and one that a reload
// brings comes behind all others until the next start.
void Assignments::configure() {
	const AssignmentRules& rules = agent_.policy().config().assignments;
	const std::size_t known = sources_.size();
	for (const std::string& name : rules.precedence)
		if (!rank(name)) sources_.push_back({name, {}, {}});
	if (!rank("api")) sources_.push_back({"api", {}, {}});
	for (Source& source : sources_) source.kind = kind_of(rules, source.name);
	if (!store_ || (known == sources_.size() && is_store_told_)) return;
	std::vector<std::string> by_rank;
	for (const Source& source : sources_) by_rank.push_back(source.name);
	store_->set_sources(std::move(by_rank));
	is_store_told_ = true;
}

std::optional<SourceRank> Assignments::rank(std::string_view source) const {
	const auto found = std::find_if(sources_.begin(), sources_.end(), [&](const Source& one) { return one.name == source; });
	if (found == sources_.end()) return std::nullopt;
	return static_cast<SourceRank>(found - sources_.begin());
}

const std::string& Assignments::source_name(SourceRank rank) const {
	static const std::string unknown = "unknown";
	return rank < sources_.size() ? sources_[rank].name : unknown;
}

SourceCounters& Assignments::counters(SourceRank source) { return sources_.at(source).health.own; }

void Assignments::heard(SourceRank source) { sources_.at(source).health.heard = agent_.now().wall; }

void Assignments::each_of(SourceRank source, const std::function<void(const Assignment&)>& visit) const {
	book_.each([&](const Assignment& assignment) {
		if (assignment.source == source) visit(assignment);
	});
}

bool Assignments::is_enforced(const Prefix& prefix, const PortRange& ports) const {
	return ports.is_whole() && is_decision_length(agent_.policy().config().network, prefix.family(), prefix.length());
}

std::optional<std::string> Assignments::objection_to(const Prefix& prefix, const PortRange& ports) const {
	const Config& config = agent_.policy().config();
	const bool is_shared = contains(config.assignments.nat, prefix);
	if (!ports.is_whole() && prefix.family() == Family::ipv4)
		return is_shared ? std::nullopt : std::optional(prefix.text() + " is not in [assignments] nat, whose addresses alone are shared by ports");
	if (is_shared) return prefix.text() + " is shared by several subscribers ([assignments] nat): say which ports";
	if (!contains(config.network.subscribers, prefix))
		return prefix.text() + " is no subscriber's: neither [network] subscribers nor [assignments] nat holds it";
	// A lease for the relay's address would be somebody's alibi.
	if (prefix.is_host() && (contains(config.network.relays, prefix) || contains(config.network.routers, prefix)))
		return prefix.text() + " is an address of a relay or a router";
	return std::nullopt;
}

AssignmentClaim Assignments::admitted(const AssignmentClaim& claim, SourceHealth& health) const {
	AssignmentClaim admitted = claim;
	if (claim.kind != AssignmentClaim::Kind::hold) return admitted;
	std::erase_if(admitted.prefixes, [&](const Prefix& prefix) {
		const PortRange ports = prefix.family() == Family::ipv4 ? claim.ports : PortRange{};
		const bool is_outside = objection_to(prefix, ports).has_value();
		if (is_outside) ++health.outside;
		else if (ports.is_whole() && !is_enforced(prefix, ports)) ++health.uncovered;
		return is_outside;
	});
	// Where he has gone to is none of ours, but he is no longer where he was.
	for (const Prefix& prefix : claim.prefixes) {
		const auto is_of = [&](const Prefix& one) { return one.family() == prefix.family(); };
		if (std::none_of(admitted.prefixes.begin(), admitted.prefixes.end(), is_of))
			(prefix.family() == Family::ipv4 ? admitted.has_left_ipv4 : admitted.has_left_ipv6) = true;
	}
	return admitted;
}

// At once, before anything is written: a subscriber in quarantine must not get out with his next address, and the next one
// at his old address must not get in.
void Assignments::cover(const ClaimOutcome& outcome) {
	std::vector<Prefix> moved;
	for (const AssignmentChange& change : outcome.changes) {
		const Assignment& assignment = change.assignment;
		if (!assignment.ports.is_whole()) continue;
		// What is just being ended stands in the kernel still.
		const auto concerns = [&](const Prefix& key) { return agent_.coverage().is_decided(key) || agent_.is_under_way(key); };
		// Whoever claims it may have held it until now, or may hold it from now on.
		const auto claims = book_.all_at(assignment.prefix.address());
		const bool is_concerned = std::any_of(claims.begin(), claims.end(), [&](const Assignment& claim) {
			return claim.prefix == assignment.prefix && concerns(subscriber_key(claim.subscriber));
		});
		if (is_concerned || concerns(subscriber_key(assignment.subscriber))) moved.push_back(assignment.prefix);
	}
	if (!moved.empty()) agent_.enforcer().settle(moved);
}

SourceHealth& Assignments::health_of(SourceRank source) {
	return source == unknown_source ? nobodys_ : sources_.at(source).health;
}

void Assignments::take(std::vector<AssignmentClaim> claims, Done done) {
	for (const AssignmentClaim& claim : claims) health_of(claim.source).heard = agent_.now().wall;
	auto held = restarts_.hold_back(claims);
	Rows rows;
	for (const AssignmentClaim& claim : claims) take_one(claim, rows);
	if (held.empty()) return write(std::move(rows), std::move(done));
	// What must wait is written behind these: whoever has asked is answered when all is durable.
	write(std::move(rows), [](const Result<void>&) {});
	const bool is_first = restarts_.is_empty();
	restarts_.wait(std::move(held), std::move(done));
	if (is_first) restart_later();
}

void Assignments::take_one(const AssignmentClaim& claim, Rows& rows) {
	SourceHealth& health = health_of(claim.source);
	const AssignmentClaim wanted = admitted(claim, health);
	const bool has_left = wanted.session != 0 && (wanted.has_left_ipv4 || wanted.has_left_ipv6);
	if (claim.kind == AssignmentClaim::Kind::hold && wanted.prefixes.empty() && !claim.prefixes.empty() && !has_left) return;
	++health.claims;
	ClaimOutcome outcome = book_.take(wanted);
	if (outcome.refreshed > 0 && store_) refresh(wanted, outcome);
	follow(health, std::move(outcome), rows);
}

void Assignments::follow(SourceHealth& health, ClaimOutcome&& outcome, Rows& rows) {
	add(health, outcome);
	if (outcome.changes.empty()) return;
	has_history_ = true;
	cover(outcome);
	for (AssignmentChange& change : outcome.changes)
		rows.push_back({std::move(change.assignment), change.kind == AssignmentChange::Kind::ended, false});
}

void Assignments::restart_later() {
	agent_.later([this, alive = alive_] {
		if (*alive) restart_part();
	});
}

// A part of what a restart ends, or some of what waited for it.
void Assignments::restart_part() {
	constexpr std::size_t most_claims = 256;
	Rows rows;
	std::vector<Done> asked;
	bool has_ended_part = false;
	for (std::size_t taken = 0; taken < most_claims && !has_ended_part && !restarts_.is_empty(); ++taken) {
		ServerRestarts::Part part = restarts_.next();
		has_ended_part = part.outcome.has_value();
		if (part.outcome) {
			SourceHealth& health = health_of(part.claim.source);
			if (part.is_last) ++health.claims;
			follow(health, *std::move(part.outcome), rows);
		} else {
			take_one(part.claim, rows);
		}
		if (part.done) asked.push_back(std::move(part.done));
	}
	if (restarts_.is_empty() && rows.empty() && asked.empty()) return; // all was needed at once
	// What others say is written behind it, so it does not run far ahead of the disk.
	constexpr std::size_t most_rows = 100'000;
	const bool is_far_ahead = writer_ && writer_->waiting_rows() > most_rows;
	write(std::move(rows), [this, alive = alive_, is_far_ahead, asked = std::move(asked)](const Result<void>& written) {
		for (const Done& done : asked) done(written);
		if (*alive && is_far_ahead && !restarts_.is_empty()) restart_later();
	});
	if (!is_far_ahead && !restarts_.is_empty()) restart_later();
}

// When it was said last, and until when it is said to last: nobody waits for that to be on the disk, a source says it again.
void Assignments::refresh(const AssignmentClaim& claim, const ClaimOutcome& outcome) {
	std::vector<AssignmentRow> rows;
	for (const Prefix& prefix : claim.prefixes) {
		const auto is_new = [&](const AssignmentChange& change) { return change.assignment.prefix == prefix; };
		if (std::any_of(outcome.changes.begin(), outcome.changes.end(), is_new)) continue;
		const PortRange ports = prefix.family() == Family::ipv4 ? claim.ports : PortRange{};
		for (Assignment& known : book_.all_at(prefix.address()))
			if (known.prefix == prefix && known.ports == ports && known.source == claim.source)
				rows.push_back({std::move(known), false, true});
	}
	if (!rows.empty()) store_->write(std::move(rows), [](const Result<void>&) {});
}

void Assignments::write(Rows rows, Done done) {
	if (!writer_) return done(fail(ErrorKind::storage, open_problem_));
	// A repetition of what is not on the disk yet says nothing new, and must not be answered before that is.
	if (rows.empty() && writer_->is_idle()) return done({});
	writer_->write(std::move(rows), std::move(done));
}

void Assignments::finish(std::function<void()> done) {
	while (!restarts_.is_empty()) restart_part();
	if (!writer_) return done();
	write({}, [done = std::move(done)](const Result<void>&) { done(); });
}

void Assignments::tick() {
	constexpr Milliseconds prune_every{std::chrono::hours{1}};
	const Now now = agent_.now();
	if (writer_) writer_->tick(now.boot);
	if (now.boot < next_prune_ || !store_) return;
	if (next_prune_ != Milliseconds{}) store_->prune(now.wall - agent_.policy().config().assignments.keep);
	next_prune_ = now.boot + prune_every;
}

std::string Assignments::problem() const {
	if (!open_problem_.empty()) return open_problem_;
	const AssignmentStoreHealth health = store_ ? store_->health() : AssignmentStoreHealth();
	return health.problem.empty() ? health.warning : "assignments cannot be written: " + health.problem;
}

std::vector<SourceHealth> Assignments::health() const {
	const UnixTime now = agent_.now().wall;
	const Seconds silent = agent_.policy().config().assignments.silent;
	std::vector<SourceHealth> all;
	for (std::size_t i = 0; i < sources_.size(); ++i) {
		SourceHealth health = sources_[i].health;
		health.name = sources_[i].name;
		health.kind = sources_[i].kind;
		health.assignments = book_.count(static_cast<SourceRank>(i));
		const UnixTime last = health.heard.value_or(agent_.started());
		// Nobody expects the API or a file to say something each hour.
		const bool is_live = health.kind == "radius" || health.kind == "kea";
		health.is_silent = is_live && last < now - silent && (health.kind == "kea" || health.assignments > 0);
		all.push_back(std::move(health));
	}
	return all;
}

} // namespace gate25
