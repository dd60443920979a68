// SPDX-License-Identifier: GPL-2.0-or-later
//
// Assignments on their way: a source claims, the book (core/assignment_book.h) says what that changes, what is decided
// of a subscriber moves with him to his new prefix and leaves the old one, all of that at once; then it is written
// down, and only then is the source answered.
#pragma once

#include "core/assignment_book.h"
#include "core/assignment_world.h"
#include "core/config_subscribers.h"
#include "flow/assignment_writer.h"
#include "flow/server_restarts.h"

#include <memory>
#include <string>
#include <vector>

namespace gate25 {

class Agent;

class Assignments : public ClaimTaker {
public:
	using OpenStore = std::function<Result<std::unique_ptr<AssignmentStore>>()>;
	Assignments(Agent& agent, OpenStore open_store);
	~Assignments() override { *alive_ = false; }
	Assignments(const Assignments&) = delete;
	Assignments& operator=(const Assignments&) = delete;

	// At the agent's start, before the kernel is filled; blocks. What is unreadable is no reason not to start.
	void load();
	// At start and after a reload: ranks of the sources by the configuration.
	void configure();
	void tick();
	// When all that was handed over is durable, or nothing ever will be.
	void finish(std::function<void()> done);

	void take(std::vector<AssignmentClaim> claims, std::function<void(Result<void>)> done) override;
	void heard(SourceRank source) override;
	SourceCounters& counters(SourceRank source) override;
	void each_of(SourceRank source, const std::function<void(const Assignment&)>& visit) const override;

	// Why nobody can be said to hold this, for people; nullopt: somebody can.
	std::optional<std::string> objection_to(const Prefix& prefix, const PortRange& ports) const;
	// Whether what is decided of its holder is in force there: not at a length without decisions, nor at shared addresses.
	bool is_enforced(const Prefix& prefix, const PortRange& ports) const;
	// nullopt: the configuration has none of this name.
	std::optional<SourceRank> rank(std::string_view source) const;
	const std::string& source_name(SourceRank rank) const;
	std::vector<SourceHealth> health() const;
	const AssignmentBook& book() const { return book_; }
	// nullptr: the file could not be opened; `problem()` says why.
	AssignmentStore* store() { return store_.get(); }
	std::string problem() const;

	// Who held it, for an alert: nobody known and nothing said: the address stands for itself.
	struct Answer {
		std::optional<Holder> holder;
		std::string unknown; // why a person must find out
	};
	// By what is in memory; nullopt: the history must be asked.
	std::optional<Answer> holder_now(const HolderQuestion& question) const;
	// Of all of them, with the history. At once where memory is enough.
	void holders(std::vector<HolderQuestion> questions, std::function<void(std::vector<Answer>)> done);
	// Whether anybody has ever assigned anything, so that it is worth asking.
	bool is_used() const;

private:
	struct Source {
		std::string name, kind;
		SourceHealth health;
	};
	using Rows = std::vector<AssignmentRow>;
	using Done = std::function<void(Result<void>)>;
	SourceHealth& health_of(SourceRank source);
	void take_one(const AssignmentClaim& claim, Rows& rows);
	void follow(SourceHealth& health, ClaimOutcome&& outcome, Rows& rows);
	void cover(const ClaimOutcome& outcome);
	AssignmentClaim admitted(const AssignmentClaim& claim, SourceHealth& health) const;
	void refresh(const AssignmentClaim& claim, const ClaimOutcome& outcome);
	void write(Rows rows, Done done);
	void restart_later();
	void restart_part();
	Holder holder_then(const HolderQuestion& question, const Assignment& then) const;
	Answer nobody(const HolderQuestion& question) const;

	Agent& agent_;
	OpenStore open_store_;
	std::unique_ptr<AssignmentStore> store_;
	AssignmentBook book_;
	std::vector<Source> sources_; // by rank
	std::string open_problem_;
	std::unique_ptr<AssignmentWriter> writer_; // where there is a store
	ServerRestarts restarts_{book_};
	SourceHealth nobodys_; // of a source that the configuration names no more
	bool is_store_told_ = false; // of the sources
	bool has_history_ = false;
	Milliseconds next_prune_{};
	std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace gate25
