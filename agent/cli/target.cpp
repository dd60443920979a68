// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/target.h"

#include "edge/http/target.h"

#include <fmt/format.h>

namespace gate25::cli {

Target& Target::part(std::string_view segment) {
	text_ += '/' + percent_encode(segment);
	return *this;
}

Target& Target::query(std::string_view name, std::string_view value) {
	text_ += fmt::format("{}{}={}", has_query_ ? '&' : '?', name, percent_encode(value));
	has_query_ = true;
	return *this;
}

} // namespace gate25::cli
