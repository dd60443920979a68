// SPDX-License-Identifier: GPL-2.0-or-later
//
// One JSON object read field by field: what is taken is checked, what is left over is an error.
#pragma once

#include "core/result.h"

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

class Fields {
public:
	[[nodiscard]] static Result<Fields> read(std::string_view body);

	// Absent or null: nullopt, unless `required`. The first error stays and everything after it is skipped.
	std::optional<std::string> text(const char* name, std::size_t longest, bool required = false);
	std::optional<std::int64_t> number(const char* name, std::int64_t least, std::int64_t most);
	std::optional<bool> flag(const char* name, bool required = false);
	bool is_present(const char* name) const { return object().contains(name); }
	bool is_null(const char* name) const { return is_present(name) && object().at(name).is_null(); }

	void refuse(const char* name, const std::string& what);
	// An error for a field that nobody took, or the first error so far.
	[[nodiscard]] Result<void> finish();

private:
	explicit Fields(boost::json::value&& object) : value_(std::move(object)) {}
	const boost::json::value* take(const char* name);
	const boost::json::object& object() const { return value_.get_object(); }
	boost::json::value value_; // an object
	std::vector<std::string_view> known_;
	std::optional<Error> error_;
};

} // namespace gate25
