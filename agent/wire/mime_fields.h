// SPDX-License-Identifier: GPL-2.0-or-later
//
// Header fields (RFC 5322 2.2), one after the other, without copying: a block of any length costs no memory.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gate25::mime {

struct Field {
	std::string_view name;                 // without blanks around it, as it is written
	std::string_view body;                 // still folded
	bool is(std::string_view other) const; // names are compared without case
};

// Cuts the line up to the newline (or the rest) off the front; without CR and LF.
std::string_view cut_line(std::string_view& rest);

class FieldReader {
public:
	explicit FieldReader(std::string_view text) : rest_(text) {}
	// Up to the empty line that ends the block; lines that are no fields are skipped.
	std::optional<Field> next();
	// After the last field: what follows the empty line.
	std::string_view rest() const { return rest_; }

private:
	std::string_view rest_;
};

// One line without blanks at its ends; nullopt: longer than `most`.
std::optional<std::string> unfolded(std::string_view body, std::size_t most);
// Without comments, which nest and may hold "\)"; quoted strings stay. nullopt: one does not end.
std::optional<std::string> without_comments(std::string_view text);
// Of "Anna <anna@example.net>" or "anna@example.net (Anna)" the address.
std::string address_in(std::string_view from);

} // namespace gate25::mime
