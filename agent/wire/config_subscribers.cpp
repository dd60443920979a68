// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/config_subscribers.h"
#include "core/text.h"
#include "wire/config_sections.h"

namespace gate25::config_file {

SortedSubscribers::SortedSubscribers(const Network& network) : sorted_(network.subscribers) {
	std::sort(sorted_.begin(), sorted_.end());
}

const Prefix* SortedSubscribers::first_in(const Prefix& outer) const {
	const auto found = first_inside(sorted_.begin(), sorted_.end(), outer);
	return found == sorted_.end() ? nullptr : &*found;
}

// They are disjoint: if one contains it, it is the last one not behind it.
const Prefix* SortedSubscribers::around(const Prefix& inner) const {
	const auto next = std::upper_bound(sorted_.begin(), sorted_.end(), inner);
	return next != sorted_.begin() && std::prev(next)->contains(inner) ? &*std::prev(next) : nullptr;
}

std::string outside_text(const Node& prefix) {
	return quoted(prefix.text) + " holds no subscriber: it is outside of \"subscribers\"";
}

} // namespace gate25::config_file
