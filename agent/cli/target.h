// SPDX-License-Identifier: GPL-2.0-or-later
//
// The target of a request, percent-encoded (RFC 3986 2.1): Target("/v1/quarantines").part("2001:db8::/56").
#pragma once

#include <string>
#include <string_view>

namespace gate25::cli {

class Target {
public:
	explicit Target(std::string_view path) : text_(path) {}
	Target& part(std::string_view segment);
	Target& query(std::string_view name, std::string_view value);
	const std::string& text() const { return text_; }

private:
	std::string text_;
	bool has_query_ = false;
};

} // namespace gate25::cli
