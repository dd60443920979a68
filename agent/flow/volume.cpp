// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/volume.h"

#include "flow/agent.h"

#include <algorithm>
#include <fmt/format.h>
#include <random>
#include <utility>

namespace gate25 {
namespace {

constexpr std::string_view own_name = "gate25";
// A subscriber who goes on is told of again, but not with each packet.
constexpr VolumeTime alert_pause = 3600;
constexpr VolumeTime prune_every = 3600;

VolumeTime pause_after_alert(const Limit& limit) {
	return std::max(alert_pause, static_cast<VolumeTime>(window_length(limit.per).count()) / 4);
}

Alert alert_of(const VolumeEntry& entry, const Limit& limit, const Address& address, UnixTime at, VolumeTime now) {
	Alert alert;
	alert.address = address;
	alert.kind = entry.activity() == Activity::mail ? AlertKind::spam : AlertKind::bot;
	alert.reporter = own_name;
	alert.at = at;
	alert.evidence = excess_text(entry, limit, now);
	return alert;
}

} // namespace

Volume::Volume(Agent& agent, OpenStore open_store)
	: agent_(agent), open_store_(std::move(open_store)), secret_(std::random_device{}() | std::uint64_t{std::random_device{}()} << 32U),
	  recent_attempts_(secret_), recent_connections_(secret_) {}

VolumeTime Volume::now() const {
	const std::int64_t since_boot = agent_.now().boot.count() / 1000;
	return static_cast<VolumeTime>(clock_base_.value_or(0) + since_boot);
}

void Volume::configure() {
	const VolumeRules& rules = agent_.policy().config().volume;
	limits_ = VolumeLimits(rules.limits);
	const bool has_fallen_back = rules.verdicts == Verdicts::automatic && verdicts_by(rules, agent_.enforcer().abilities()) == Verdicts::meters;
	if (has_fallen_back && !std::exchange(is_told_of_meters_, true))
		agent_.log(LogLevel::notice, "this kernel has no queue in nftables (nft_queue): meters in the kernel enforce the limits on connections");
	if (!rules.enabled || (book_ && rules.active != most_active_)) end();
	if (!rules.enabled) {
		store_.reset();
		users_.clear();
		store_problem_.clear();
	} else if (!book_) {
		most_active_ = rules.active;
		begin();
	}
	prune();
}

void Volume::begin() {
	if (!clock_base_) clock_base_ = agent_.now().wall.time_since_epoch().count() - agent_.now().boot.count() / 1000;
	book_ = std::make_unique<VolumeBook>(most_active_);
	if (!store_) {
		auto opened = open_store_();
		if (!opened) {
			store_problem_ = "nothing of what is counted is written down: " + opened.error().text;
			return agent_.log(LogLevel::warning, store_problem_);
		}
		store_ = std::move(*opened);
	}
	store_problem_.clear();
	const auto loaded = store_->load(
		now(), [this](const VolumeEntry& entry) { book_->table(entry.activity()).put(entry); },
		[this](VolumeUser user) { users_.insert_or_assign(user.key, std::move(user.name)); });
	if (loaded) secret_ = store_->secret();
	else agent_.log(LogLevel::warning, "counting begins anew: " + loaded.error().text);
	if (const std::string warning = store_->health().warning; !warning.empty()) agent_.log(LogLevel::warning, warning);
	writer_ = std::make_unique<VolumeWriter>(*book_, *store_);
}

// What is not yet written goes to the store first, which writes in order.
void Volume::end() {
	if (writer_) writer_->hand_over(now());
	writer_.reset();
	book_.reset();
}

void Volume::prune() {
	if (!store_) return;
	const VolumeRules& rules = agent_.policy().config().volume;
	const VolumeTime time = now();
	next_prune_ = time + prune_every;
	const std::int64_t oldest = (std::int64_t{time} - rules.keep.count()) / 3600; // a clock that begins in 1970 keeps all
	store_->prune(static_cast<std::uint32_t>(std::max<std::int64_t>(oldest, 0)), std::uint64_t{rules.record_mib} << 20U);
}

VolumeEntry& Volume::entry(const VolumeKey& key, Activity activity, VolumeTime now) {
	std::vector<VolumeRecord> nowhere;
	return book_->table(activity).at(key, now, writer_ ? writer_->finished() : nowhere);
}

void Volume::fetch(std::span<const Opening> openings, Activity activity) const {
	if (!book_) return;
	const RecentOpenings& recent = activity == Activity::attempts ? recent_attempts_ : recent_connections_;
	const Network& network = agent_.policy().config().network;
	std::vector<VolumeKey> keys;
	keys.reserve(openings.size());
	for (const Opening& opening : openings) {
		recent.fetch(opening);
		keys.push_back(VolumeKey::of(subscriber_of(network, opening.source)));
	}
	book_->table(activity).fetch(keys);
}

// nullptr: not ours.
VolumeEntry* Volume::entry_of(const Opening& opening, Activity activity, VolumeTime now) {
	if (!agent_.policy().is_subscriber(opening.source)) {
		++counters_.foreign;
		return nullptr;
	}
	return &entry(VolumeKey::of(subscriber_of(agent_.policy().config().network, opening.source)), activity, now);
}

void Volume::remember_user(const VolumeKey& key, const std::string& name) {
	// Also when he is known but was idle: the store may have forgotten his name.
	const bool is_new = users_.try_emplace(key, name).second || book_->find(key, Activity::mail) == nullptr;
	if (is_new && writer_) writer_->add_user({key, name});
}

void Volume::take_attempts(std::span<const Opening> openings) {
	if (!book_) return;
	fetch(openings, Activity::attempts);
	const VolumeTime time = now();
	for (const Opening& opening : openings) {
		if (recent_attempts_.find(opening, time)) {
			++counters_.repeated;
			continue;
		}
		recent_attempts_.remember(opening, time, true);
		VolumeEntry* entry = entry_of(opening, Activity::attempts, time);
		if (entry == nullptr) continue;
		++counters_.attempts;
		const VolumeValues values = entry->add_destination(destination_hash(opening.destination, secret_), time);
		raise(*entry, limits_.exceeded(*entry, values), opening.source, time);
	}
}

void Volume::take_connections(std::span<const Opening> openings) {
	if (!book_) return;
	fetch(openings, Activity::connections);
	const VolumeTime time = now();
	for (const Opening& opening : openings) {
		if (recent_connections_.find(opening, time)) {
			++counters_.repeated;
			continue;
		}
		recent_connections_.remember(opening, time, false);
		VolumeEntry* entry = entry_of(opening, Activity::connections, time);
		if (entry == nullptr) continue;
		++counters_.connections;
		const VolumeValues values = entry->add_destination(destination_hash(opening.destination, secret_), time);
		const Exceeded exceeded = limits_.exceeded(*entry, values);
		if (exceeded.would_refuse != nullptr) {
			++counters_.would_refuse;
			entry->add_refused(time);
		}
		raise(*entry, exceeded, opening.source, time);
	}
}

QueueVerdict Volume::decide(const Opening& opening) {
	if (!book_) return QueueVerdict::accept;
	const VolumeTime time = now();
	if (const auto was_refused = recent_connections_.find(opening, time)) {
		++counters_.repeated;
		return *was_refused ? QueueVerdict::refuse : QueueVerdict::accept;
	}
	VolumeEntry* entry = entry_of(opening, Activity::connections, time);
	if (entry == nullptr) return QueueVerdict::accept;
	VolumeEntry after = *entry;
	const VolumeValues values = after.add_destination(destination_hash(opening.destination, secret_), time);
	const Exceeded exceeded = limits_.exceeded(after, values);
	const bool is_refused = exceeded.refuse != nullptr;
	// What is refused is not in the sums: thirty an hour remain thirty an hour, however often somebody tries.
	if (!is_refused) *entry = after;
	if (is_refused || exceeded.would_refuse != nullptr) entry->add_refused(time);
	++(is_refused ? counters_.refused : counters_.connections);
	if (!is_refused && exceeded.would_refuse != nullptr) ++counters_.would_refuse;
	recent_connections_.remember(opening, time, is_refused);
	raise(*entry, exceeded, opening.source, time);
	return is_refused ? QueueVerdict::refuse : QueueVerdict::accept;
}

void Volume::raise(VolumeEntry& entry, const Exceeded& exceeded, const std::optional<Address>& address, VolumeTime now) {
	const auto is_due = [&](const VolumeLimit* limit) {
		if (limit == nullptr) return false;
		const VolumeTime last = entry.alerted(limit->mode);
		if (last != 0 && now - last < pause_after_alert(limit->limit)) return false;
		entry.set_alerted(limit->mode, now);
		return true;
	};
	if (is_due(exceeded.would_alert)) ++counters_.would_alert;
	if (!is_due(exceeded.alert)) return;
	++counters_.alerts;
	const Limit& limit = exceeded.alert->limit;
	if (address && agent_.policy().is_subscriber(*address))
		return send_alert(alert_of(entry, limit, *address, agent_.now().wall, now), entry.key(), entry.activity());
	const std::string* user = user_name(entry.key());
	agent_.announce("volume", user == nullptr ? "" : *user, excess_text(entry, limit, now));
}

// The way of every alert. One that the store refuses is raised again by the next packet.
void Volume::send_alert(const Alert& alert, const VolumeKey& key, Activity activity) {
	const auto holder = agent_.assignments().holder_now({alert.address, alert.port, agent_.now().wall});
	agent_.change<Taken>(
		[alert, holder](Transaction& transaction, const Desk& desk) {
			Incoming incoming;
			if (holder) incoming.holder = holder->holder;
			incoming.alert = alert;
			incoming.voucher.user = own_name;
			incoming.voucher.is_desk = true;
			incoming.is_kept = false;
			return desk.take(transaction, incoming);
		},
		[this, alive = std::weak_ptr(alive_), alert, key, activity](const Result<Taken>& taken) {
			if (alive.expired()) return;
			if (taken) {
				agent_.count(taken->judgement);
				agent_.announce("alert", alert.address.text(),
				                fmt::format("{}: {}; {}", outcome_text(taken->judgement.outcome), taken->judgement.why, alert.evidence));
			} else if (book_ && taken.error().kind != ErrorKind::kernel && book_->find(key, activity) != nullptr) {
				entry(key, activity, now()).set_alerted(Mode::enforce, 0);
			}
		});
}

void Volume::tick() {
	if (writer_) writer_->tick(now());
	if (store_ && now() >= next_prune_) prune();
}

void Volume::finish(std::function<void()> done) {
	if (!writer_) return done();
	writer_->finish(now(), std::move(done));
}

const std::string* Volume::user_name(const VolumeKey& key) const {
	const auto found = users_.find(key);
	return found == users_.end() ? nullptr : &found->second;
}

std::string Volume::problem() const {
	if (!store_problem_.empty()) return store_problem_;
	return writer_ ? writer_->health().problem : std::string();
}

} // namespace gate25
