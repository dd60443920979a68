// SPDX-License-Identifier: GPL-2.0-or-later
//
// Shell completion, made from the table of verbs; one file per shell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gate25::cli {

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

// Words with a blank between them.
std::string in_a_row(const std::vector<std::string_view>& words);
void replace_each(std::string& text, std::string_view from, std::string_view to);

} // namespace gate25::cli
