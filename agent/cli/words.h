// SPDX-License-Identifier: GPL-2.0-or-later
//
// The command line, read by the table of verbs. Pure.
#pragma once

#include "cli/verb.h"
#include "core/result.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gate25::cli {

struct Words {
	const Verb* verb = nullptr; // none: only options were given
	std::vector<std::string> arguments;
	std::map<std::string_view, std::string> options; // by the name in the table; flags are empty

	bool has(std::string_view option) const { return options.contains(option); }
	std::optional<std::string_view> option(std::string_view name) const;
	// Empty when it was left out.
	std::string_view argument(std::size_t index) const;
};

// Options may stand before and after the verb and its arguments; "--" ends them; --level=mail is
// --level mail. With --help nothing is demanded, so `gate25 alert --help` helps.
struct Usage {
	Error error;
	Words words; // as far as they were understood: whether --json was among them, which verb it was
};
[[nodiscard]] tl::expected<Words, Usage> read_words(std::span<const std::string_view> line);

} // namespace gate25::cli
