// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/report_json.h"

#include "core/text.h"

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>
#include <unordered_set>
#include <vector>

namespace gate25::reports {

namespace {

// A key "a.b" must not pass for "b" within "a".
std::string step_of(std::string key) {
	for (char& c : key)
		if (c == '.' || c == '[') c = '?';
	return key.empty() ? "?" : key;
}

} // namespace

// What Boost.JSON calls while it reads. Returning false ends the reading; `problem` then says why.
class JsonHandler {
public:
	static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
	static constexpr std::size_t max_array_size = max_object_size;
	static constexpr std::size_t max_key_size = max_object_size;
	static constexpr std::size_t max_string_size = max_object_size;

	using Code = boost::json::error_code;
	using Text = boost::json::string_view;

	bool on_document_begin(Code&) { return true; }
	bool on_document_end(Code&) { return true; }
	bool on_object_begin(Code& error) { return open(JsonFacts::Kind::object, error); }
	bool on_object_end(std::size_t, Code&) { return close(); }
	bool on_array_begin(Code& error) { return open(JsonFacts::Kind::array, error); }
	bool on_array_end(std::size_t, Code&) { return close(); }

	bool on_key_part(Text part, std::size_t size, Code& error) {
		if (size > JsonFacts::longest_key)
			return stop(error, fmt::format("a key is longer than {} bytes", JsonFacts::longest_key));
		key_.append(part);
		return true;
	}
	bool on_key(Text part, std::size_t size, Code& error);
	bool on_string_part(Text part, std::size_t, Code&) {
		append(part);
		return true;
	}
	bool on_string(Text part, std::size_t size, Code&) {
		append(part);
		put(size > JsonFacts::longest_value ? JsonFacts::Kind::long_text : JsonFacts::Kind::text, std::move(text_));
		text_.clear();
		return true;
	}
	bool on_number_part(Text, Code&) { return true; }
	bool on_int64(std::int64_t number, Text, Code&) {
		return put(JsonFacts::Kind::integer, std::to_string(number));
	}
	bool on_uint64(std::uint64_t number, Text, Code&) {
		return put(JsonFacts::Kind::integer, std::to_string(number));
	}
	bool on_double(double number, Text, Code&) { return put(JsonFacts::Kind::other, fmt::format("{}", number)); }
	bool on_bool(bool value, Code&) { return put(JsonFacts::Kind::other, value ? "true" : "false"); }
	bool on_null(Code&) { return put(JsonFacts::Kind::null, "null"); }
	bool on_comment_part(Text, Code&) { return true; }
	bool on_comment(Text, Code&) { return true; }

	JsonFacts facts;
	std::string problem;
	bool is_object = false;

private:
	// One open object or array.
	struct Frame {
		bool is_array = false;
		bool is_kept = true;
		std::size_t items = 0;
		std::size_t path_size = 0; // of path_ without the key that is being read
		std::size_t hash = 0;
	};

	static std::size_t combined(std::size_t hash, std::size_t with) {
		return hash ^ (with + 0x9e3779b97f4a7c15U + (hash << 6U) + (hash >> 2U));
	}
	bool stop(Code& error, std::string why) {
		problem = std::move(why);
		error = boost::json::error::exception;
		return false;
	}
	void append(Text part) {
		text_.append(part.substr(0, JsonFacts::longest_value - std::min(text_.size(), JsonFacts::longest_value)));
	}
	bool open(JsonFacts::Kind kind, Code& error);
	bool close();
	bool put(JsonFacts::Kind kind, std::string text);
	bool begin_item();

	std::vector<Frame> frames_;
	std::string path_;
	std::string key_;
	std::string text_;
	std::size_t hash_ = 0; // of the whole path, every index in it
	std::unordered_set<std::size_t> seen_;
};

bool JsonHandler::on_key(Text part, std::size_t size, Code& error) {
	if (!on_key_part(part, size, error)) return false;
	Frame& frame = frames_.back();
	hash_ = combined(frame.hash, std::hash<std::string>()(key_));
	if (seen_.size() == JsonFacts::most_keys)
		return stop(error, fmt::format("there are more than {} keys", JsonFacts::most_keys));
	if (!seen_.insert(hash_).second) return stop(error, "the key " + quoted(key_) + " stands twice in one object");
	path_.resize(frame.path_size);
	if (path_.size() <= JsonFacts::longest_path) (path_ += path_.empty() ? "" : ".") += step_of(key_);
	key_.clear();
	return true;
}

// Before a value: an item of an array gets its path here, a member of an object got it with its key. False: it is
// not kept.
bool JsonHandler::begin_item() {
	if (frames_.empty()) return true;
	Frame& frame = frames_.back();
	if (!frame.is_array) return frame.is_kept;
	path_.resize(frame.path_size);
	path_ += "[0]";
	hash_ = combined(frame.hash, frame.items);
	return frame.items++ == 0 && frame.is_kept;
}

bool JsonHandler::put(JsonFacts::Kind kind, std::string text) {
	if (!begin_item() || path_.empty() || path_.size() > JsonFacts::longest_path) return true;
	facts.values_.insert_or_assign(path_, JsonFacts::Value{kind, std::move(text)});
	return true;
}

bool JsonHandler::open(JsonFacts::Kind kind, Code& error) {
	if (frames_.empty()) is_object = kind == JsonFacts::Kind::object;
	if (frames_.size() == JsonFacts::deepest)
		return stop(error, fmt::format("it nests deeper than {}", JsonFacts::deepest));
	const bool is_kept = begin_item() && path_.size() <= JsonFacts::longest_path;
	if (is_kept && !path_.empty()) facts.values_.insert_or_assign(path_, JsonFacts::Value{kind, {}});
	frames_.push_back({kind == JsonFacts::Kind::array, is_kept, 0, path_.size(), hash_});
	return true;
}

bool JsonHandler::close() {
	frames_.pop_back();
	return true;
}

Result<JsonFacts> JsonFacts::read(std::string_view json) {
	boost::json::parse_options options;
	options.max_depth = deepest + 1; // ours stops first and says so
	boost::json::basic_parser<JsonHandler> parser(options);
	boost::json::error_code error;
	const std::size_t used = parser.write_some(false, json.data(), json.size(), error);
	JsonHandler& handler = parser.handler();
	if (!handler.problem.empty()) return fail(ErrorKind::bad_input, "the JSON is refused: " + handler.problem);
	if (error) return fail(ErrorKind::bad_input, fmt::format("no JSON: {} after {} bytes", error.message(), used));
	if (json.find_first_not_of(" \t\r\n", used) != json.npos)
		return fail(ErrorKind::bad_input, fmt::format("no JSON: something follows its end, after {} bytes", used));
	if (!handler.is_object) return fail(ErrorKind::bad_input, "expected one JSON object");
	return std::move(handler.facts);
}

const JsonFacts::Value* JsonFacts::find(std::string_view path) const {
	const auto found = values_.find(path);
	return found == values_.end() ? nullptr : &found->second;
}

std::optional<std::string_view> JsonFacts::text(std::string_view path) const {
	const auto* value = find(path);
	return value != nullptr && value->kind == Kind::text ? std::optional<std::string_view>(value->text)
	                                                     : std::nullopt;
}

std::optional<std::string_view> JsonFacts::integer(std::string_view path) const {
	const auto* value = find(path);
	return value != nullptr && value->kind == Kind::integer ? std::optional<std::string_view>(value->text)
	                                                        : std::nullopt;
}

std::string JsonFacts::spelt(std::string_view path) const {
	const auto* value = find(path);
	if (value == nullptr) return "nothing";
	switch (value->kind) {
	case Kind::object: return "an object";
	case Kind::array: return "an array";
	case Kind::text:
	case Kind::long_text: return quoted(value->text);
	default: return value->text;
	}
}

} // namespace gate25::reports
