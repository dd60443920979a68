// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is not there is null in the JSON of the API, never an empty text or a zero.
#pragma once

#include "core/time.h"

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace gate25 {

inline boost::json::value text_or_null(const std::string& text) {
	return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}
inline boost::json::value number_or_null(std::uint64_t number) {
	return number == 0 ? boost::json::value(nullptr) : boost::json::value(number);
}
inline boost::json::value time_or_null(const std::optional<UnixTime>& time) {
	return time ? boost::json::value(time_text(*time)) : boost::json::value(nullptr);
}

} // namespace gate25
