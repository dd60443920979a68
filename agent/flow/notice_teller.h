// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whoever writes the notice of what was decided, in the transaction of the decision (flow/notices.h).
#pragma once

#include "core/world.h"
#include "flow/transaction.h"

namespace gate25 {

struct NoticeEvent {
	NoticeKind kind = NoticeKind::quarantined;
	Quarantine quarantine;        // as it is now; of one that ended with its end
	const Alert* alert = nullptr; // what led to it, if it was an alert
	std::uint64_t attempts = 0;   // of misbehaving: how many refused connections in the last ten minutes
};

class NoticeTeller {
public:
	virtual ~NoticeTeller() = default;
	virtual void tell(Transaction& transaction, const NoticeEvent& event) = 0;
};

} // namespace gate25
