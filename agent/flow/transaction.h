// SPDX-License-Identifier: GPL-2.0-or-later
//
// What one request changes: rows for the store, elements for the kernel, and the way back should the store
// refuse. The book is changed at once, so that the next request of the same group sees it.
#pragma once

#include "core/book.h"
#include "core/memory.h"
#include "core/plan.h"

#include <memory>
#include <vector>

namespace gate25 {

class Transaction {
public:
	Transaction(Book& book, Memory& memory, std::uint64_t& next_id, Now now)
		: book_(book), memory_(memory), next_id_(next_id), now_(now) {}

	const Book& book() const { return book_; }
	const Memory& memory() const { return memory_; }
	const Now& now() const { return now_; }
	std::uint64_t new_id() { return next_id_++; }

	// So many alerts come at once: room for what follows from them.
	void expect(std::size_t alerts);
	void put(const Quarantine& quarantine);
	void put(const Exemption& exemption);
	void end(Quarantine quarantine, const std::string& by, const std::string& reason);
	void end(Exemption exemption, const std::string& by, const std::string& reason);
	// Also counted, and seen from now on.
	void add(const AlertRow& alert);
	void add(const Repeat& repeat) { rows_.emplace_back(repeat); }
	void put(HeldReport held);
	void put(const StoredKey& key) { rows_.emplace_back(key); }
	void put(const Subscriber& subscriber);
	void put(Notice notice);
	// Somebody is told of this decision; or it is over, and nobody will be any more. Not taken back: it only delays a digest.
	void told(std::uint64_t decision, bool is_standing);
	void audit(const std::string& who, const std::string& what, const std::string& subject, const std::string& why,
	           std::uint64_t decision);

	struct Moved {
		std::optional<Standing> before;
		std::optional<Standing> after;
	};
	std::vector<Change> take_rows() { return std::move(rows_); }
	const std::vector<Moved>& moved() const { return moved_; }
	void undo();

private:
	// What stood for a prefix; nothing of either kind: nothing did.
	struct Before {
		Prefix prefix;
		bool is_exemption = false;
		std::unique_ptr<const Quarantine> quarantine;
		std::unique_ptr<const Exemption> exemption;
	};
	void remember_dossier(const Prefix& subscriber);
	std::optional<Standing> remember_quarantine(const Prefix& prefix);
	std::optional<Standing> remember_exemption(const Prefix& prefix);
	Book& book_;
	Memory& memory_;
	std::uint64_t& next_id_;
	Now now_;
	std::vector<Change> rows_;
	std::vector<Moved> moved_;
	std::vector<Before> before_;
	std::vector<std::pair<Prefix, std::optional<Dossier>>> dossiers_before_;
	std::vector<std::uint64_t> seen_now_; // keys
	std::vector<std::pair<std::uint64_t, std::optional<HeldReport>>> held_before_;
	std::vector<std::pair<Prefix, std::optional<Subscriber>>> subscribers_before_; // by key
	std::vector<std::pair<std::uint64_t, std::optional<WaitingNotice>>> notices_before_;
};

} // namespace gate25
