// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/body.h"

#include "cli/text.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace json = boost::json;

namespace gate25::cli {

Result<json::object> read_body(std::string_view text) {
	boost::system::error_code error;
	auto value = json::parse({text.data(), text.size()}, error);
	if (error || !value.is_object()) {
		return fail(ErrorKind::unavailable,
		            fmt::format("expected JSON from the agent, got \"{}\"", clean(text.substr(0, 200))));
	}
	return std::move(value.get_object());
}

std::string as_text(const json::value& value) {
	if (value.is_string()) return clean(std::string_view(value.get_string()));
	if (value.is_number() || value.is_bool()) return json::serialize(value);
	return "";
}

std::string text_at(const json::object& object, std::string_view key) {
	const auto* value = object.if_contains(key);
	return value == nullptr ? "" : as_text(*value);
}

std::optional<std::int64_t> number_at(const json::object& object, std::string_view key) {
	const auto* value = object.if_contains(key);
	if (value == nullptr) return std::nullopt;
	boost::system::error_code error;
	const auto number = value->to_number<std::int64_t>(error);
	if (error) return std::nullopt;
	return number;
}

unsigned long long count_at(const json::object& object, std::string_view key) {
	const auto number = number_at(object, key).value_or(0);
	return number < 0 ? 0 : static_cast<unsigned long long>(number);
}

bool is_true_at(const json::object& object, std::string_view key) {
	const auto* value = object.if_contains(key);
	return value != nullptr && value->is_bool() && value->get_bool();
}

const json::object& as_object(const json::value& value) {
	static const json::object none;
	return value.is_object() ? value.get_object() : none;
}

const json::object& object_at(const json::object& object, std::string_view key) {
	static const json::object none;
	const auto* value = object.if_contains(key);
	return value == nullptr ? none : as_object(*value);
}

const json::array& array_at(const json::object& object, std::string_view key) {
	static const json::array none;
	const auto* value = object.if_contains(key);
	return value != nullptr && value->is_array() ? value->get_array() : none;
}

} // namespace gate25::cli
