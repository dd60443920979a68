// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/fields.h"

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gate25 {
namespace {

constexpr std::size_t deepest = 4; // no request of ours nests
// Far more than the longest of all fields take: a parser makes ten bytes of one.
constexpr std::size_t longest_body = std::size_t{64} << 10U;
constexpr std::size_t longest_quote = 80;

std::string quoted(const boost::json::value& value) {
	std::string text = boost::json::serialize(value);
	if (text.size() <= longest_quote) return text;
	std::size_t end = longest_quote;
	while ((static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) --end; // not within a character
	return text.substr(0, end) + "...";
}

// Boost.JSON lets the last of two equal keys win without a word; the text has more ':' keys than the object.
bool has_doubled_key(std::string_view body, std::size_t keys) {
	std::size_t found = 0;
	int depth = 0;
	bool in_string = false;
	for (std::size_t i = 0; i < body.size(); ++i) {
		const char c = body[i];
		if (in_string) {
			if (c == '\\') ++i;
			else if (c == '"') in_string = false;
			continue;
		}
		if (c == '"') in_string = true;
		if (c == '{' || c == '[') ++depth;
		if (c == '}' || c == ']') --depth;
		if (c == ':' && depth == 1) ++found;
	}
	return found > keys;
}

bool has_control_character(std::string_view text) {
	for (const char c : text)
		if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
	return false;
}

} // namespace

Result<Fields> Fields::read(std::string_view body) {
	if (body.size() > longest_body)
		return fail(ErrorKind::bad_input, fmt::format("expected one JSON object of at most {} bytes, got {}", longest_body, body.size()));
	boost::json::parse_options options;
	options.max_depth = deepest;
	boost::json::error_code error;
	// One piece of memory instead of one for each field.
	auto memory = boost::json::make_shared_resource<boost::json::monotonic_resource>();
	boost::json::value value = boost::json::parse({body.data(), body.size()}, error, std::move(memory), options);
	if (error) return fail(ErrorKind::bad_input, "expected one JSON object, but " + error.message());
	if (!value.is_object()) return fail(ErrorKind::bad_input, "expected a JSON object, got " + quoted(value));
	if (has_doubled_key(body, value.get_object().size()))
		return fail(ErrorKind::bad_input, "a field stands twice in " + quoted(value));
	return Fields(std::move(value));
}

const boost::json::value* Fields::take(const char* name) {
	known_.push_back(name);
	const auto found = object().find(name);
	if (found == object().end() || found->value().is_null()) return nullptr;
	return &found->value();
}

std::optional<std::string> Fields::text(const char* name, std::size_t longest, bool required) {
	const boost::json::value* value = take(name);
	if (value == nullptr) {
		if (required) refuse(name, "is missing");
		return std::nullopt;
	}
	if (!value->is_string()) {
		refuse(name, "must be a string, got " + quoted(*value));
		return std::nullopt;
	}
	std::string text(value->get_string());
	if (text.size() > longest) {
		refuse(name, fmt::format("is longer than {} bytes", longest));
		return std::nullopt;
	}
	if (has_control_character(text)) {
		refuse(name, "holds a control character: " + quoted(*value));
		return std::nullopt;
	}
	return text;
}

std::optional<std::int64_t> Fields::number(const char* name, std::int64_t least, std::int64_t most) {
	const boost::json::value* value = take(name);
	if (value == nullptr) return std::nullopt;
	boost::json::error_code error;
	const auto number = value->is_number() && !value->is_double() ? value->to_number<std::int64_t>(error) : 0;
	if (!value->is_number() || value->is_double() || error || number < least || number > most) {
		refuse(name, fmt::format("must be a whole number from {} to {}, got {}", least, most, quoted(*value)));
		return std::nullopt;
	}
	return number;
}

std::optional<bool> Fields::flag(const char* name, bool required) {
	const boost::json::value* value = take(name);
	if (value != nullptr && value->is_bool()) return value->get_bool();
	if (value != nullptr) refuse(name, "must be true or false, got " + quoted(*value));
	else if (required) refuse(name, "is missing");
	return std::nullopt;
}

void Fields::refuse(const char* name, const std::string& what) {
	if (!error_) error_ = Error{ErrorKind::bad_input, fmt::format("field \"{}\" {}", name, what)};
}

Result<void> Fields::finish() {
	if (error_) return fail(*error_);
	for (const auto& field : object())
		if (std::find(known_.begin(), known_.end(), std::string_view(field.key())) == known_.end())
			return fail(ErrorKind::bad_input, fmt::format("unknown field \"{}\"; known here: {}", std::string(field.key()),
			                                              fmt::join(known_, ", ")));
	return {};
}

} // namespace gate25
