// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/completion.h"
#include "cli/verbs.h"

#include <fmt/format.h>

namespace gate25::cli {
namespace {

std::string quoted_for_fish(std::string_view text) {
	std::string result(text);
	replace_each(result, "\\", "\\\\");
	replace_each(result, "'", "\\'");
	return "'" + result + "'";
}

// -x: a value that is no file; -r -F: a value that is one.
std::string value_text(Kind kind) {
	if (is_file(kind)) return " -r -F";
	const auto& words = words_of(kind);
	return words.empty() ? " -x" : fmt::format(" -x -a {}", quoted_for_fish(in_a_row(words)));
}

std::string option_text(const Option& option, std::string_view condition) {
	return fmt::format("complete -c gate25{} -l {}{} -d {}\n", condition, option.name,
	                   option.value.empty() ? "" : value_text(option.kind), quoted_for_fish(option.help));
}

std::string verb_text(const Verb& verb) {
	const auto condition = fmt::format(" -n '__fish_seen_subcommand_from {}'", verb.name);
	std::string text;
	for (const auto& option : verb.options) text += option_text(option, condition);
	for (const auto& argument : verb.arguments) {
		const auto& words = words_of(argument.kind);
		if (is_file(argument.kind)) text += fmt::format("complete -c gate25{} -F\n", condition);
		if (!words.empty()) {
			text += fmt::format("complete -c gate25{} -a {}\n", condition, quoted_for_fish(in_a_row(words)));
		}
	}
	return text;
}

} // namespace

std::string fish_completion() {
	std::string text = "# fish completion for gate25, made by: gate25 completion fish\ncomplete -c gate25 -f\n";
	std::vector<std::string_view> all;
	for (const auto& verb : verbs()) all.push_back(verb.name);
	text += fmt::format("set -l verbs {}\n", in_a_row(all));
	for (const auto& option : global_options()) text += option_text(option, "");
	for (const auto& verb : verbs()) {
		if (verb.is_hidden) continue;
		text += fmt::format("complete -c gate25 -n \"not __fish_seen_subcommand_from $verbs\" -a {} -d {}\n",
		                    verb.name, quoted_for_fish(verb.help));
	}
	for (const auto& verb : verbs()) text += verb_text(verb);
	return text;
}

} // namespace gate25::cli
