// SPDX-License-Identifier: GPL-2.0-or-later
//
// "match" of [[prefix]] and [[limit]]: whom a section is for.
#pragma once

#include "wire/config_section.h"

namespace gate25::config_file {

// A list, or a single prefix without brackets.
std::vector<Placed<Prefix>> read_match(Section& section);
void refuse_outside(const std::vector<Placed<Prefix>>& matches, const Network& network, Errors& errors);
// What is asked for a subscriber and not for one of his addresses; `what`: "\"mode\"".
void refuse_small(const std::vector<Placed<Prefix>>& matches, const Network& network, std::string_view what, Errors& errors);

} // namespace gate25::config_file
