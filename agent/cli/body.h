// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reading the agent's JSON without trusting its shape: an agent of another version may leave a key out or
// add one, and the command still shows the rest. All texts come out clean() for a terminal.
#pragma once

#include "core/result.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gate25::cli {

[[nodiscard]] Result<boost::json::object> read_body(std::string_view text);
// Numbers and booleans too, as text; empty for null, what is missing, and anything deeper.
std::string text_at(const boost::json::object& object, std::string_view key);
std::optional<std::int64_t> number_at(const boost::json::object& object, std::string_view key);
// Zero when missing or less.
unsigned long long count_at(const boost::json::object& object, std::string_view key);
bool is_true_at(const boost::json::object& object, std::string_view key);
// Empty when missing or of another kind.
const boost::json::object& object_at(const boost::json::object& object, std::string_view key);
const boost::json::array& array_at(const boost::json::object& object, std::string_view key);
// The member itself as an object, an empty one if it is none.
const boost::json::object& as_object(const boost::json::value& value);
std::string as_text(const boost::json::value& value);

} // namespace gate25::cli
