// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/agent.h"

#include "core/way_out.h"
#include "wire/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <sstream>
#include <utility>

namespace gate25 {
namespace {

constexpr Milliseconds check_every{15000};
constexpr Milliseconds retry_every{1000};
constexpr Milliseconds keys_every{1000};
constexpr Milliseconds prune_every{std::chrono::hours{6}};
constexpr std::size_t most_expired_at_once = 2000;

// The lines of a printed configuration, each with its section; of a section that may stand there often, with its
// first line too, which names it.
std::vector<std::string> settings_of(const std::string& text) {
	std::vector<std::string> settings;
	std::istringstream lines(text);
	std::string section;
	bool is_first = false;
	for (std::string line; std::getline(lines, line);) {
		if (line.starts_with('[')) {
			section = line;
			is_first = line.starts_with("[[");
		} else if (!line.empty()) {
			settings.push_back(section + ' ' + line);
			if (std::exchange(is_first, false)) section += ' ' + line + ';';
		}
	}
	return settings;
}

// The lines of one printed configuration that the other does not have.
std::vector<std::string> lines_only_in(const std::string& text, const std::string& other, std::string_view mark) {
	const auto others = settings_of(other);
	std::multiset<std::string> known(others.begin(), others.end());
	std::vector<std::string> only;
	for (const std::string& setting : settings_of(text)) {
		const auto found = known.find(setting);
		if (found != known.end())
			known.erase(found);
		else
			only.push_back(fmt::format("{} {}", mark, setting));
	}
	return only;
}

// Over the portal, if there is one.
bool may_release_himself(const Config& config, Level level) {
	return !config.agent.portal_socket.empty() && allows(config.release, level);
}

} // namespace

Agent::Agent(World world)
	: world_(std::move(world)), assignments_(*this, world_.open_assignment_store),
	  notices_({[this]() -> const NoticeRules& { return policy_->config().notices; },
	            [this](const Prefix& key) { return coverage_.places(key); }, world_.random,
	            [this](Level level) { return may_release_himself(policy_->config(), level); }, now().wall}),
	  enforcer_(world_.kernel, coverage_, world_.clock, world_.abilities), intake_(*this, world_.readers),
	  volume_(*this, world_.open_volume_store),
	  policy_service_({[this]() -> const Policy& { return *policy_; }, volume_mail_, [this] { return volume_.now(); }, world_.log}),
	  outbox_(*this, memory_.notices, world_.random) {}

Result<void> Agent::load_store() {
	// One by one, so that a million of them do not stand in memory twice.
	StoreVisitor visitor;
	visitor.quarantine = [this](Quarantine&& quarantine) { book_.put(quarantine); };
	visitor.release = [this](const Prefix& prefix, UnixTime at) { memory_.dossiers.of(prefix).released = at; };
	visitor.tally = [this](const Prefix& prefix, const Tally& tally) { memory_.dossiers.of(prefix).tally = tally; };
	visitor.alert = [this](const AlertRow& row) { memory_.remember(row); };
	visitor.subscriber = [this](Subscriber&& subscriber) { memory_.subscribers.put(std::move(subscriber)); };
	visitor.notice = [this](Notice&& notice) { memory_.notices.put(std::move(notice), now()); };
	auto state = world_.store.load_each(now(), visitor);
	if (!state) return fail(state.error());
	for (const Exemption& exemption : state->exemptions) book_.put(exemption);
	for (HeldReport& held : state->held) memory_.inbox.put(std::move(held));
	store_warning_ = state->warning;
	// Nothing was ever stored, or not all of it could be read.
	if (state->next_id == 1 || !store_warning_.empty())
		if (auto taken = take_over_from_kernel(state->next_id); !taken) return taken;
	if (!store_warning_.empty()) log(LogLevel::warning, store_warning_);
	queue_ = std::make_unique<CommitQueue>(
		world_.store, book_, memory_, world_.clock, state->next_id,
		[this](const std::vector<Transaction::Moved>& moved) { return enforcer_.enforce(moved); },
		[this](Milliseconds since) { enforcer_.book_went_back(since); });
	store_takeover();
	return {};
}

Result<void> Agent::take_over_from_kernel(std::uint64_t& next_id) {
	const Network& network = policy_->config().network;
	const auto elements = world_.kernel.elements(decision_sets(network));
	if (!elements) return fail(elements.error());
	Takeover taken = take_over(network, book_, *elements, now(), next_id);
	if (taken.size() == 0) return {};
	for (const Quarantine& quarantine : taken.quarantines) book_.put(quarantine);
	for (const Exemption& exemption : taken.exemptions) book_.put(exemption);
	if (store_warning_.empty()) store_warning_ = "the store was empty";
	store_warning_ += fmt::format("; {} decisions that the kernel still held were taken over from it", taken.size());
	takeover_ = std::make_shared<const Takeover>(std::move(taken));
	return {};
}

// Until the store takes it: it is in the book already, which a refusal does not change.
void Agent::store_takeover() {
	if (!takeover_) return;
	CommitQueue::Request request;
	request.decide = [taken = takeover_](Transaction& transaction) { taken->record(transaction); };
	request.done = [this, taken = std::exchange(takeover_, nullptr)](const Result<void>& stored) {
		if (!stored && stored.error().kind != ErrorKind::kernel) takeover_ = taken;
	};
	queue_->submit(std::move(request));
}

Result<void> Agent::start(const LoadedConfig& loaded) {
	started_ = loaded_at_ = now().wall;
	next_check_ = now().boot + check_every;
	next_prune_ = now().boot + Milliseconds{60000};
	policy_ = std::make_shared<const Policy>(loaded.config);
	if (auto stored = load_store(); !stored) return stored;
	assignments_.load();
	if (auto installed = enforcer_.install(policy_, loaded.rules); !installed) return installed;
	if (const std::string& why = enforcer_.health().guard_problem; !why.empty())
		log(LogLevel::warning, "no guard: a flush of the ruleset by others may let mail out until it is repaired: " + why);
	generation_ = 1;
	expire();
	announce("start", "", fmt::format("gate25d started with {} quarantines and {} exemptions", book_.quarantine_count(),
	                                  book_.exemption_count()));
	return {};
}

void Agent::tick() {
	const Now time = now();
	expire();
	eve_.tick();
	volume_.tick();
	outbox_.tick();
	assignments_.tick();
	aftercare_.tick();
	if (time.boot >= next_retry_) {
		next_retry_ = time.boot + retry_every;
		store_takeover();
		if (const std::string text = enforcer_.retry(); !text.empty()) {
			log(LogLevel::notice, text);
			announce("repair", "", text);
		}
		const std::string& problem = enforcer_.health().problem;
		if (!problem.empty() && !is_alarmed_) log(LogLevel::error, problem);
		is_alarmed_ = !problem.empty();
	}
	if (time.boot >= next_check_) {
		next_check_ = time.boot + check_every;
		if (const std::string wrong = enforcer_.verify(); !wrong.empty()) {
			log(LogLevel::warning, "the table was changed by somebody else and is repaired: " + wrong);
			announce("repair", "", wrong);
		}
	}
	if (const std::string why = enforcer_.take_back(); !why.empty()) log(LogLevel::warning, why);
	if (time.boot >= next_keys_) {
		next_keys_ = time.boot + keys_every;
		intake_.tick();
	}
	if (time.boot >= next_prune_) {
		next_prune_ = time.boot + prune_every;
		world_.store.prune(time.wall - policy_->config().agent.audit_keep);
	}
}

void Agent::expire() {
	if (is_expiring_) return;
	auto expired = std::make_shared<Book::Expired>(book_.take_expired(now(), most_expired_at_once));
	if (expired->quarantines.empty() && expired->exemptions.empty()) return;
	is_expiring_ = true;
	CommitQueue::Request request;
	request.decide = [this, expired](Transaction& transaction) { desk().expire(transaction, *expired); };
	request.done = [this, expired](Result<void> stored) {
		is_expiring_ = false;
		if (!stored) {
			// The kernel let them out in time; their rows are ended when the store writes again.
			for (const Quarantine& quarantine : expired->quarantines)
				if (!book_.find_quarantine(quarantine.prefix)) book_.put(quarantine);
			for (const Exemption& exemption : expired->exemptions)
				if (!book_.find_exemption(exemption.prefix)) book_.put(exemption);
			return;
		}
		for (const Quarantine& quarantine : expired->quarantines) aftercare_.watch(quarantine);
		for (const Quarantine& quarantine : expired->quarantines)
			announce("expire", name_of(quarantine.prefix), fmt::format("quarantine {} is over", quarantine.id));
		for (const Exemption& exemption : expired->exemptions)
			announce("expire", name_of(exemption.prefix), fmt::format("exemption {} is over", exemption.id));
		expire(); // there may be more of them
	};
	queue_->submit(std::move(request));
}

std::string Agent::name_of(const Prefix& party) const {
	if (!is_subscriber_key(party)) return party.text();
	if (const Subscriber* known = memory_.subscribers.find(party)) return known->id;
	if (const auto name = assignments_.book().name(party)) return std::string(*name);
	return "a forgotten subscriber";
}

Agent::Reloaded Agent::reload(const std::string& by) {
	LoadedConfig loaded = world_.load_config();
	Reloaded reloaded;
	reloaded.errors = std::move(loaded.errors);
	if (reloaded.errors.empty()) {
		const std::string before = config_text(policy_->config()), after = config_text(loaded.config);
		auto policy = std::make_shared<const Policy>(loaded.config);
		if (auto installed = enforcer_.install(policy, loaded.rules); installed) {
			policy_ = std::move(policy);
			reloaded.changes = lines_only_in(before, after, "-");
			for (std::string& line : lines_only_in(after, before, "+")) reloaded.changes.push_back(std::move(line));
		} else {
			reloaded.errors.push_back(installed.error().text);
		}
	}
	if (!reloaded.errors.empty()) {
		config_error_ = reloaded.errors.front();
		log(LogLevel::error, fmt::format("the new configuration was not taken, the old one stays in force: {}",
		                                 fmt::join(reloaded.errors, "; ")));
		announce("reload-refused", "", config_error_);
		return reloaded;
	}
	config_error_.clear();
	loaded_at_ = now().wall;
	++generation_;
	volume_.configure();
	assignments_.configure();
	on_reload();
	log(LogLevel::notice, fmt::format("configuration reloaded by {}, {} lines changed", by, reloaded.changes.size()));
	announce("reload", "", fmt::format("configuration reloaded by {}", by));
	return reloaded;
}

void Agent::table_was_touched(const std::string& culprit) {
	if (enforcer_.is_removed()) return;
	tell_of_repair(enforcer_.repair("changed by " + culprit), "the table inet gate25 was changed by " + culprit);
}

void Agent::notifications_were_lost() {
	if (enforcer_.is_removed()) return;
	tell_of_repair(enforcer_.resync(), "notifications of the kernel were lost: the table inet gate25 may have been changed");
}

void Agent::tell_of_repair(const Result<void>& repaired, const std::string& what) {
	const std::string text = repaired ? what + " and is restored" : what + " and could not be restored: " + repaired.error().text;
	log(repaired ? LogLevel::warning : LogLevel::error, text);
	announce("repair", "", text);
}

void Agent::announce(const std::string& name, const std::string& subject, const std::string& text) {
	events_.add({now().wall, name, subject, text});
}

} // namespace gate25
