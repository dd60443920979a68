// SPDX-License-Identifier: GPL-2.0-or-later
//
// The agent: one configuration, the decisions that stand, the way of a change from request to kernel. It
// sees the world through core/world.h only, so all of it runs in unit tests.
#pragma once

#include "core/log.h"
#include "core/memory.h"
#include "flow/access.h"
#include "flow/aftercare.h"
#include "flow/assignments.h"
#include "flow/commit_queue.h"
#include "flow/desk.h"
#include "flow/enforcer.h"
#include "flow/eve_feed.h"
#include "flow/event_log.h"
#include "flow/intake.h"
#include "flow/notices.h"
#include "flow/outbox.h"
#include "wire/http.h"
#include "flow/takeover.h"
#include "flow/relay_volume.h"
#include "flow/volume_mail.h"

#include <memory>

namespace gate25 {

// What a configuration file gave: values, or all that is wrong with it.
struct LoadedConfig {
	Config config;
	RulesSource rules;
	std::vector<std::string> errors; // "FILE:LINE:COLUMN: message"
};

// How many alerts ended at which step, since the start.
class JudgedCounts {
public:
	void add(const Judgement& judgement) {
		++steps_[judgement.step];
		++outcomes_[static_cast<std::size_t>(judgement.outcome)];
	}
	std::uint64_t at(unsigned step) const { return steps_[step]; }
	std::uint64_t of(Outcome outcome) const { return outcomes_[static_cast<std::size_t>(outcome)]; }

private:
	std::array<std::uint64_t, last_judge_step + 1> steps_{};
	std::array<std::uint64_t, all_outcomes.size()> outcomes_{};
};

class Agent {
public:
	struct World {
		Store& store;
		Kernel& kernel;
		const Clock& clock;
		Log log;
		std::function<LoadedConfig()> load_config;
		std::string config_file;
		Readers& readers;
		// Whether the peer is in a group.
		std::function<bool(const Peer&, const std::string& group)> is_member = [](const Peer&, const std::string&) { return false; };
		std::uint32_t own_uid = 0;
		KernelAbilities abilities{};
		Assignments::OpenStore open_assignment_store = [] { return fail(ErrorKind::storage, "there is no store for them"); };
		// Bits that nobody can guess; edge/random.h.
		std::function<std::uint64_t()> random = [] { return std::uint64_t{0}; };
		// Blocks, and is called when there is something to count.
		Volume::OpenStore open_volume_store = [] { return fail(ErrorKind::storage, "there is no store for it"); };
		// In another turn of the loop, after what waits there.
		std::function<void(std::function<void()>)> later = [](const std::function<void()>& call) { call(); };
	};
	explicit Agent(World world);

	// Loads the store, puts the rules in place, makes the kernel equal the store. When the store cannot be
	// read the table stays as it was: what is blocked stays blocked.
	[[nodiscard]] Result<void> start(const LoadedConfig& loaded);
	std::function<void()> on_reload = [] {}; // after a new configuration is in force
	// Several times a second: ends what is over, checks the table now and then.
	void tick();
	// Reads the configuration again; on any error the old one stays. Says what changed.
	struct Reloaded {
		std::vector<std::string> errors;
		std::vector<std::string> changes;
	};
	Reloaded reload(const std::string& by);
	// After a foreign change of the table: who did it, as far as known.
	void table_was_touched(const std::string& culprit);
	// The kernel told of changes faster than they were read: the table may look like anything.
	void notifications_were_lost();

	// Runs `decide` on a transaction and answers with what it returned, once durable and enforced.
	template <class Outcome>
	void change(std::function<Result<Outcome>(Transaction&, const Desk&)> decide,
	            std::function<void(Result<Outcome>)> done);

	Desk desk() const { return Desk(*policy_, world_.store, assignments_.book(), teller_); }
	const Policy& policy() const { return *policy_; }
	const Book& book() const { return book_; }
	// Of one that is durable.
	void count(const Judgement& judgement) { judged_.add(judgement); }
	const JudgedCounts& judged() const { return judged_; }
	const Memory& memory() const { return memory_; }
	// What is remembered of one whose rows are being forgotten. Nothing may stand for him.
	void forget(const Prefix& subscriber) {
		memory_.subscribers.erase(subscriber);
		memory_.dossiers.put(subscriber, std::nullopt);
		memory_.notices.forget(subscriber);
		aftercare_.forget(subscriber);
	}
	Intake& intake() { return intake_; }
	EveFeed& eve() { return eve_; }
	Volume& volume() { return volume_; }
	Assignments& assignments() { return assignments_; }
	Aftercare& aftercare() { return aftercare_; }
	// A decision about him is being stored.
	bool is_under_way(const Prefix& key) const { return queue_ && queue_->is_under_way(key); }
	// What is in force, by address and by who holds it.
	const Coverage& coverage() const { return coverage_; }
	// A subscriber's name for his key, otherwise the prefix as it is.
	std::string name_of(const Prefix& party) const;
	std::uint64_t random() const { return world_.random(); }
	void later(std::function<void()> call) { world_.later(std::move(call)); }
	PolicyService& policy_service() { return policy_service_; }
	const Notices& notices() const { return notices_; }
	Outbox& outbox() { return outbox_; }
	AccessRules access_rules() const { return {policy_->config(), world_.own_uid, world_.is_member}; }
	Store& store() { return world_.store; }
	Kernel& kernel() { return world_.kernel; }
	Enforcer& enforcer() { return enforcer_; }
	EventLog& events() { return events_; }
	Now now() const { return world_.clock.now(); }
	UnixTime started() const { return started_; }
	UnixTime loaded_at() const { return loaded_at_; }
	unsigned generation() const { return generation_; }
	const std::string& config_file() const { return world_.config_file; }
	const std::string& config_error() const { return config_error_; }
	const std::string& store_warning() const { return store_warning_; }
	void announce(const std::string& name, const std::string& subject, const std::string& text);
	void log(LogLevel level, const std::string& text) const { world_.log(level, text); }
	bool is_idle() const { return queue_ == nullptr || queue_->is_idle(); }

private:
	[[nodiscard]] Result<void> load_store();
	[[nodiscard]] Result<void> take_over_from_kernel(std::uint64_t& next_id);
	void store_takeover();
	void tell_of_repair(const Result<void>& repaired, const std::string& what);
	void expire();
	void prune();
	World world_;
	Book book_;
	Memory memory_;
	Assignments assignments_;
	Coverage coverage_{book_, assignments_.book()};
	Aftercare aftercare_{*this};
	Notices notices_;
	NoticeTeller& teller_ = notices_;
	Enforcer enforcer_;
	EventLog events_;
	Intake intake_;
	EveFeed eve_{*this};
	Volume volume_;
	VolumeMail volume_mail_{volume_};
	PolicyService policy_service_;
	Outbox outbox_;
	JudgedCounts judged_;
	std::shared_ptr<const Policy> policy_;
	std::unique_ptr<CommitQueue> queue_;
	UnixTime started_{};
	UnixTime loaded_at_{};
	Milliseconds next_check_{};
	Milliseconds next_retry_{};
	Milliseconds next_prune_{};
	Milliseconds next_keys_{};
	unsigned generation_ = 0;
	std::string config_error_;
	std::string store_warning_;
	bool is_expiring_ = false;
	std::shared_ptr<const Takeover> takeover_; // not stored yet
	bool is_alarmed_ = false; // the log has said that the kernel does not hold everything
};

template <class Outcome>
void Agent::change(std::function<Result<Outcome>(Transaction&, const Desk&)> decide,
                   std::function<void(Result<Outcome>)> done) {
	auto outcome = std::make_shared<Result<Outcome>>(fail(ErrorKind::busy, "not decided"));
	CommitQueue::Request request;
	request.decide = [this, outcome, decide = std::move(decide)](Transaction& transaction) {
		*outcome = decide(transaction, desk());
	};
	request.done = [outcome, done = std::move(done)](Result<void> stored) {
		if (*outcome && !stored) return done(fail(stored.error()));
		done(std::move(*outcome));
	};
	queue_->submit(std::move(request));
}

} // namespace gate25
