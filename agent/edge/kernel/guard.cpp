// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/guard.h"

#include <cerrno>

namespace gate25 {

Result<std::unique_ptr<Guard>> Guard::open(const std::string& text) {
	auto session = NftSession::open();
	if (!session) return fail(session.error());
	if (auto loaded = session->run(text); !loaded) return fail(loaded.error());
	auto netlink = Netlink::share(session->fd());
	if (!netlink) return fail(netlink.error());
	return std::unique_ptr<Guard>(new Guard(std::move(*session), std::move(*netlink)));
}

Result<void> Guard::fill(std::span<const DecisionSet> sets, const ElementSource& elements) {
	if (auto emptied = alone_.replace(sets, {}); !emptied) return emptied;
	// A full set guards what it holds.
	for (const ElementFailure& failure : alone_.add_each(elements))
		if (failure.error.saved_errno != ENFILE) return fail(failure.error);
	return {};
}

} // namespace gate25
