// SPDX-License-Identifier: GPL-2.0-or-later
//
// What one request changes: rows for the store, elements for the kernel, and the way back should the store
// refuse. The book is changed at once, so that the next request of the same group sees it.
#pragma once

#include "core/book.h"
#include "core/plan.h"

#include <memory>
#include <vector>

namespace gate25 {

class Transaction {
public:
	Transaction(Book& book, std::uint64_t& next_id, Now now) : book_(book), next_id_(next_id), now_(now) {}

	const Book& book() const { return book_; }
	const Now& now() const { return now_; }
	std::uint64_t new_id() { return next_id_++; }

	void put(const Quarantine& quarantine);
	void put(const Exemption& exemption);
	void end(Quarantine quarantine, const std::string& by, const std::string& reason);
	void end(Exemption exemption, const std::string& by, const std::string& reason);
	void add(const AlertRow& alert) { rows_.emplace_back(alert); }
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
	std::optional<Standing> remember_quarantine(const Prefix& prefix);
	std::optional<Standing> remember_exemption(const Prefix& prefix);
	Book& book_;
	std::uint64_t& next_id_;
	Now now_;
	std::vector<Change> rows_;
	std::vector<Moved> moved_;
	std::vector<Before> before_;
};

} // namespace gate25
