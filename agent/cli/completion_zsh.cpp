// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/completion.h"
#include "cli/verbs.h"

#include <fmt/format.h>

namespace gate25::cli {
namespace {

constexpr std::string_view head = R"(#compdef gate25
# made by: gate25 completion zsh
_gate25() {
	local curcontext="$curcontext" state line
	local -a verbs globals
)";

constexpr std::string_view tail = R"(	esac
}
if [[ $funcstack[1] == _gate25 ]]; then _gate25 "$@"; else compdef _gate25 gate25; fi
)";

// For a specification of _arguments inside of single quotes.
std::string escaped(std::string_view text) {
	std::string result(text);
	for (const auto* mark : {"\\", ":", "[", "]"}) replace_each(result, mark, std::string("\\") + mark);
	replace_each(result, "'", "'\\''");
	return result;
}

std::string action(Kind kind) {
	if (is_file(kind)) return "_files";
	const auto& words = words_of(kind);
	return words.empty() ? " " : fmt::format("({})", in_a_row(words));
}

std::string spec(const Option& option) {
	if (option.value.empty()) return fmt::format("'--{}[{}]'", option.name, escaped(option.help));
	return fmt::format("'--{}=[{}]:{}:{}'", option.name, escaped(option.help), escaped(option.value),
	                   action(option.kind));
}

std::string specs(const std::vector<Option>& options) {
	std::string text;
	for (const auto& option : options) text += fmt::format(" \\\n\t\t\t{}", spec(option));
	return text;
}

std::string verb_text(const Verb& verb) {
	auto text = fmt::format("\t{})\n\t\t_arguments $globals{}", verb.name, specs(verb.options));
	for (std::size_t i = 0; i < verb.arguments.size(); ++i) {
		const auto& argument = verb.arguments[i];
		const auto number = argument.is_repeated ? "*" : std::to_string(i + 1);
		text += fmt::format(" \\\n\t\t\t'{}:{}{}:{}'", number, argument.is_optional && !argument.is_repeated ? ":" : "",
		                    escaped(argument.name), action(argument.kind));
	}
	return text + " ;;\n";
}

} // namespace

std::string zsh_completion() {
	std::string text(head);
	text += "\tglobals=(";
	for (const auto& option : global_options()) text += "\n\t\t" + spec(option);
	text += "\n\t)\n\tverbs=(";
	for (const auto& verb : verbs()) {
		if (!verb.is_hidden) text += fmt::format("\n\t\t'{}:{}'", verb.name, escaped(verb.help));
	}
	text += "\n\t)\n\t_arguments -C $globals '1:verb:->verb' '*::argument:->arguments' && return\n"
	        "\t[[ $state == verb ]] && { _describe verb verbs; return }\n"
	        "\tcase $line[1] in\n";
	for (const auto& verb : verbs()) text += verb_text(verb);
	return text.append(tail);
}

} // namespace gate25::cli
