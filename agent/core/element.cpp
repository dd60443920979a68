// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/element.h"

namespace gate25 {

std::string DecisionSet::name() const {
	std::string out = level ? "quarantine" : "exempt";
	out += family == Family::ipv4 ? '4' : '6';
	if (length != 0) out += '_' + std::to_string(length);
	if (level) out.append("_").append(level_text(*level));
	return out;
}

} // namespace gate25
