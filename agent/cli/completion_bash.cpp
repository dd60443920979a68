// SPDX-License-Identifier: GPL-2.0-or-later
//
// Without the helpers of bash-completion, which a router may not have. Bash breaks --level=mail into three
// words, so "=" is skipped wherever a value may stand.
#include "cli/completion.h"
#include "cli/verbs.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gate25::cli {
namespace {

constexpr std::string_view head = R"(# bash completion for gate25, made by: gate25 completion bash
_gate25_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_gate25_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); }

_gate25() {
	local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb='' count=0 i
	COMPREPLY=()
	[[ $cur == = ]] && cur=''
	[[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD-2]}
)";

constexpr std::string_view tail = R"(}
complete -F _gate25 gate25
)";

// What the word at hand may be, as a command for the shell.
std::string offer(Kind kind) {
	if (is_file(kind)) return "_gate25_files";
	const auto& words = words_of(kind);
	return words.empty() ? ":" : fmt::format("_gate25_words '{}'", in_a_row(words));
}

std::vector<Option> options_with_value() {
	std::vector<Option> all;
	const auto add = [&all](const std::vector<Option>& options) {
		for (const auto& option : options) {
			const auto is_known =
			    std::any_of(all.begin(), all.end(), [&](const Option& o) { return o.name == option.name; });
			if (!option.value.empty() && !is_known) all.push_back(option);
		}
	};
	add(global_options());
	for (const auto& verb : verbs()) add(verb.options);
	return all;
}

// Which verb it is, and how many words stand after it.
std::string find_verb_text() {
	std::vector<std::string> names;
	for (const auto& option : options_with_value()) names.push_back(fmt::format("--{}", option.name));
	return fmt::format(R"(	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${{COMP_WORDS[i]}} in
		{}) ((i++)); [[ ${{COMP_WORDS[i]}} == = ]] && ((i++)) ;;
		-?*) ;;
		*) if [[ -z $verb ]]; then verb=${{COMP_WORDS[i]}}; else ((count++)); fi ;;
		esac
	done
)",
	                   fmt::join(names, "|"));
}

std::string values_text() {
	std::string text = "\tcase $before in\n";
	for (const auto& option : options_with_value()) {
		text += fmt::format("\t--{}) {}; return ;;\n", option.name, offer(option.kind));
	}
	return text + "\tesac\n";
}

std::string option_names(const std::vector<Option>& options) {
	std::string text;
	for (const auto& option : options) text += fmt::format("--{} ", option.name);
	return text;
}

std::string verb_text(const Verb& verb) {
	std::string text;
	for (std::size_t i = 0; i < verb.arguments.size(); ++i) {
		const auto& argument = verb.arguments[i];
		const auto count = argument.is_repeated ? "*" : std::to_string(i);
		text += fmt::format("\t{}:{}) {} ;;\n", verb.name, count, offer(argument.kind));
	}
	return text;
}

} // namespace

std::string in_a_row(const std::vector<std::string_view>& words) {
	return fmt::format("{}", fmt::join(words, " "));
}

void replace_each(std::string& text, std::string_view from, std::string_view to) {
	for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
		text.replace(at, from.size(), to);
	}
}

std::string bash_completion() {
	std::string text(head);
	text += find_verb_text() + values_text();
	text += fmt::format("\tlocal options='{}'\n\tcase $verb in\n", option_names(global_options()));
	for (const auto& verb : verbs()) {
		if (!verb.options.empty()) {
			text += fmt::format("\t{}) options+='{}' ;;\n", verb.name, option_names(verb.options));
		}
	}
	text += "\tesac\n\tif [[ $cur == -?* || $cur == - && $verb != import && $verb != report ]]; then\n"
	        "\t\t_gate25_words \"$options\"\n\t\treturn\n\tfi\n";
	text += fmt::format("\tcase $verb:$count in\n\t:0) _gate25_words '{}' ;;\n", in_a_row(words_of(Kind::verb)));
	for (const auto& verb : verbs()) text += verb_text(verb);
	text += "\tesac\n";
	return text.append(tail);
}

} // namespace gate25::cli
