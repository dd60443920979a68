// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/help.h"

#include "cli/text.h"
#include "cli/verbs.h"

#include <fmt/format.h>

namespace gate25::cli {
namespace {

constexpr std::size_t line_width = 78;

std::string spelt(const Option& option) {
	return fmt::format("--{}{}{}", option.name, option.value.empty() ? "" : " ", option.value);
}

std::string options_text(const std::vector<Option>& options) {
	std::string text;
	for (const auto& option : options) text += fmt::format("  {:<18}  {}\n", spelt(option), option.help);
	return text;
}

std::string words_text(const Verb& verb) {
	std::string text(verb.name);
	for (const auto& argument : verb.arguments) {
		text += argument.is_optional ? fmt::format(" [{}]", argument.name) : fmt::format(" {}", argument.name);
		if (argument.is_repeated) text += "...";
	}
	return text;
}

} // namespace

std::string synopsis(const Verb& verb) {
	auto text = "gate25 " + words_text(verb);
	for (const auto& option : verb.options) {
		// "[--for TIME]" stays on one line: the blank is put back when the lines are broken.
		auto word = spelt(option);
		if (const auto blank = word.find(' '); blank != word.npos) word[blank] = '\1';
		text += option.is_required ? fmt::format(" {}", word) : fmt::format(" [{}]", word);
	}
	text = wrapped(text, line_width, 8);
	for (auto& c : text) {
		if (c == '\1') c = ' ';
	}
	return text;
}

std::string help_text() {
	std::string text =
	    "Usage: gate25 [OPTION...] VERB [ARGUMENT...]\n\nThe command of gate25, the guard of port 25.\n\n";
	for (const auto& verb : verbs()) {
		if (!verb.is_hidden) text += fmt::format("  {:<29}{}\n", words_text(verb), verb.help);
	}
	text += "\nWhere ADDR|PREFIX stands, and in score, subscriber:ID names a person.\n";
	text += "\n" + options_text(global_options());
	return text + "\ngate25 help VERB tells the options of a verb, gate25(1) everything.\n"
	              "Exit status: 0 done, 1 failed or refused, 2 usage, 3 agent not reachable,\n"
	              "4 not found, 5 configuration invalid.\n";
}

std::string help_text(const Verb& verb) {
	auto text = fmt::format("Usage: {}\n\n{}\n", synopsis(verb), verb.help);
	if (!verb.options.empty()) text += '\n' + options_text(verb.options);
	return text + "\nAlso --socket PATH, --json, --no-color, before or after the verb.\n";
}

} // namespace gate25::cli
