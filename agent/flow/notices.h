// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is told of a decision, to whom, and when: one notice for each channel, a row of the same transaction as the decision.
// So nothing is decided and not told, and nothing is told that was not decided. gate25-notices(7) has the rules:
// * One notice for each event; further alerts while a quarantine stands wait for one notice of kind `digest`, at most one
//   in [notices] digest. It is a row at once, and what it tells is gathered when it is handed out (flow/outbox.h).
// * What ends takes its digest with it: the notice of the end says more.
// * What is only monitored is told to nobody.
#pragma once

#include "core/config.h"
#include "flow/notice_teller.h"
#include "wire/notice_facts.h"

#include <functional>

namespace gate25 {

// 8 characters, "K7QF-3M2P", from 40 bits; no letters that look like others: neither I, L, O nor U.
std::string notice_code(std::uint64_t random);

class Notices : public NoticeTeller {
public:
	struct World {
		std::function<const NoticeRules&()> rules;
		// What the subscriber of this key holds now.
		std::function<std::vector<Prefix>(const Prefix& key)> prefixes;
		std::function<std::uint64_t()> random;
		// Whether a subscriber may end a quarantine of this level himself.
		std::function<bool(Level)> can_release_himself;
		UnixTime started{}; // when the agent was: of what was told before it remembers nothing
	};
	explicit Notices(World world) : world_(std::move(world)) {}
	void tell(Transaction& transaction, const NoticeEvent& event) override;
	// So many events had no channel that could tell them: no address, no hook.
	std::uint64_t untold() const { return untold_; }
	// And so many were given up at once, since too many waited.
	std::uint64_t refused() const { return refused_; }

private:
	struct Channel {
		std::string name;
		std::string to;
	};
	std::vector<Channel> channels_for(const Subscriber* subscriber, NoticeKind kind) const;
	NoticeFacts facts_of(const Transaction& transaction, const NoticeEvent& event, const Subscriber* subscriber) const;
	std::string new_code(const Transaction& transaction) const;
	void gather(Transaction& transaction, const NoticeEvent& event);
	UnixTime last_told(const Transaction& transaction, const Quarantine& quarantine) const;
	void put(Transaction& transaction, const NoticeEvent& event, const NoticeFacts& facts, const std::vector<Channel>& channels,
	         UnixTime due);
	World world_;
	std::uint64_t untold_ = 0, refused_ = 0;
};

} // namespace gate25
