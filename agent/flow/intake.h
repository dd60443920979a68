// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reports on their way: read by a process without privileges, decided here, answered when that is durable. Those
// whose key is missing wait in the store; keys are fetched, kept with an age, and what waited is decided then.
#pragma once

#include "core/reading.h"
#include "flow/desk.h"

#include <map>
#include <memory>
#include <set>

namespace gate25 {

class Agent;

// What somebody handed over: one mail, one JSON object, or NDJSON.
struct Delivery {
	std::shared_ptr<const std::string> bytes;
	std::string signature; // detached; empty: none
	Voucher voucher;       // is_mail is found out
	std::uint64_t held = 0; // the kept report that this is
	std::optional<UnixTime> received{}; // when it came first; nullopt: now
	// Whether what nobody can decide is kept for a person. A stream that a machine writes would only fill the inbox:
	// such reports are answered and forgotten, and bytes of which a reader died are an error (bad_input).
	bool is_kept = true;
};

struct TakenReport {
	ReadReport read;
	Result<Taken> taken;
};

struct IntakeAnswer {
	std::vector<TakenReport> reports;
	std::uint64_t passed_over = 0;
};

class Intake {
public:
	using Done = std::function<void(Result<IntakeAnswer>)>;
	Intake(Agent& agent, Readers& readers) : agent_(agent), readers_(readers) {}
	// `done` is called once, when all is durable and enforced, or with why nothing was taken.
	void take(Delivery delivery, Done done);
	// A kept report once more: its key may be here now, or the configuration another one.
	void take_again(std::uint64_t held, Done done);
	// Now and then: asks for keys again, gives up on what waited too long.
	void tick();
	ReadersHealth readers_health() const { return readers_.health(); }

private:
	struct Job;
	void read(std::shared_ptr<Job> job);
	void has_read(const std::shared_ptr<Job>& job, Result<Reading> reading);
	void find_key(const std::shared_ptr<Job>& job, const std::string& key);
	void decide(const std::shared_ptr<Job>& job);
	static Incoming incoming(const Job& job, std::size_t n, std::string_view bytes);
	Result<IntakeAnswer> judge_all(const Job& job, Transaction& transaction, const Desk& desk);
	void fetch(const std::string& key);
	void has_fetched(const std::string& key, const Result<std::optional<std::string>>& fetched);
	void decide_waiting(const std::string& key);
	void announce(const TakenReport& report);
	bool knows_server() const;

	Agent& agent_;
	Readers& readers_;
	// Of a key that could not be had: when it is asked for again.
	struct Attempt {
		Milliseconds next{};
		Milliseconds pause{};
		bool is_under_way = false;
	};
	std::map<std::string, Attempt> attempts_; // by key
	std::set<std::uint64_t> again_;           // kept reports that are being read again
};

} // namespace gate25
