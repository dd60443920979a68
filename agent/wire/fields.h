// SPDX-License-Identifier: GPL-2.0-or-later
//
// One JSON object read field by field: what is taken is checked, what is left over is an error.
#pragma once

#include "core/result.h"

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace gate25 {

class Fields {
public:
	[[nodiscard]] static Result<Fields> read(std::string_view body);

	// Absent or null: nullopt, unless `required`. The first error stays and everything after it is skipped.
	std::optional<std::string> text(const char* name, std::size_t longest, bool required = false);
	std::optional<std::int64_t> number(const char* name, std::int64_t least, std::int64_t most);
	bool is_present(const char* name) const { return object_.contains(name); }
	bool is_null(const char* name) const { return is_present(name) && object_.at(name).is_null(); }

	void refuse(const char* name, const std::string& what);
	// An error for a field that nobody took, or the first error so far.
	[[nodiscard]] Result<void> finish();

private:
	const boost::json::value* take(const char* name);
	boost::json::object object_;
	std::set<std::string> known_;
	std::optional<Error> error_;
};

} // namespace gate25
