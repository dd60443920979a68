// SPDX-License-Identifier: GPL-2.0-or-later
//
// A report or an alert on its way to a decision, and what became of it.
#pragma once

#include "core/assignment.h"
#include "core/world.h"

#include <memory>
#include <string>

namespace gate25 {

struct Incoming {
	std::optional<Alert> alert; // nullopt: none could be read, `unread` says why
	std::string unread;
	std::optional<Holder> holder; // who held the alert's address when it happened, if that is known
	std::string unknown_holder;   // why a person must find out
	ReportFormat format = ReportFormat::json;
	Signature signature;
	bool can_wait = false; // for its key
	Voucher voucher;
	std::string_view bytes;              // as it came, to be kept when nobody can decide it
	std::string_view detached_signature;
	std::uint64_t held = 0; // the kept report that this is, read once more
	bool is_kept = true;    // for a person, when nobody can decide it
};

struct Taken {
	Judgement judgement;
	Attribution reporter;
	std::uint64_t alert = 0;    // the row; of a duplicate the first one's
	std::uint64_t decision = 0; // the quarantine that was made, or that stood
	std::uint64_t held = 0;     // in the inbox
	Prefix subscriber;
	std::uint64_t key = 0; // report_key()
};

} // namespace gate25
