// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/request.h"

#include "core/time.h"

#include <boost/json/serialize.hpp>
#include <charconv>

namespace gate25::cli {

void put_text(boost::json::object& body, const Words& words, std::string_view option) {
	if (const auto value = words.option(option)) body[option] = *value;
}

void put_number(boost::json::object& body, const Words& words, std::string_view option) {
	const auto value = words.option(option);
	if (!value) return;
	std::uint32_t number = 0;
	std::from_chars(value->data(), value->data() + value->size(), number);
	body[option] = number;
}

void put_subject(boost::json::object& body, std::string_view text) {
	const auto id = named_subscriber(text);
	body[id ? "subscriber" : "prefix"] = id.value_or(text);
}

void put_duration(boost::json::object& body, const Words& words) {
	const auto value = words.option("for");
	const auto duration = value ? parse_duration(*value) : fail(ErrorKind::bad_input, "");
	if (!duration) return;
	if (*duration) {
		body["seconds"] = (*duration)->count();
	} else {
		body["seconds"] = nullptr;
	}
}

std::string spelt_time(std::string_view text) {
	const auto time = parse_time(text);
	return time ? time_text(*time) : std::string(text);
}

void put_time(boost::json::object& body, const Words& words, std::string_view option) {
	if (const auto value = words.option(option)) body[option] = spelt_time(*value);
}

std::string spelt(const boost::json::object& body) {
	return boost::json::serialize(body);
}

} // namespace gate25::cli
