// SPDX-License-Identifier: GPL-2.0-or-later
//
// A foreign JSON object as a list of its values by path ("Report.Source.IP", "alert.metadata.tag[0]"). There is no
// tree: 16 MiB of "[0,0,0" would be half a gigabyte as one. Of an array only the first item is kept. Doubled keys
// are an error at every depth: two readers may disagree which of them counts.
#pragma once

#include "core/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gate25::reports {

class JsonFacts {
public:
	static constexpr std::size_t deepest = 32;
	static constexpr std::size_t most_keys = 5000;
	static constexpr std::size_t longest_key = 256;
	static constexpr std::size_t longest_path = 128; // longer ones are checked and not kept
	static constexpr std::size_t longest_value = 2048;

	enum class Kind : std::uint8_t { text, long_text, integer, other, null, object, array };
	struct Value {
		Kind kind = Kind::null;
		std::string text; // as written
	};

	[[nodiscard]] static Result<JsonFacts> read(std::string_view json);

	bool has(std::string_view path) const { return find(path) != nullptr; }
	const Value* find(std::string_view path) const;
	// A string of at most longest_value bytes.
	std::optional<std::string_view> text(std::string_view path) const;
	// A whole number as it is written, "-1" too: 64 bits survive.
	std::optional<std::string_view> integer(std::string_view path) const;
	// For messages: `"text"`, `5`, `an array`, `nothing`.
	std::string spelt(std::string_view path) const;

private:
	friend class JsonHandler;
	std::map<std::string, Value, std::less<>> values_;
};

} // namespace gate25::reports
