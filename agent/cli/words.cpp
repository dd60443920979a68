// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/words.h"

#include "cli/text.h"
#include "cli/verbs.h"
#include "core/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace gate25::cli {
namespace {

class Reader {
public:
	explicit Reader(std::span<const std::string_view> line) : line_(line) {}
	Result<void> read();
	Words take() { return std::move(words_); }

private:
	Result<void> word(std::string_view word);
	Result<void> option(std::string_view text);
	Result<void> verb(std::string_view name);
	Result<void> argument(std::string_view text);
	Result<void> complete() const;
	const Option* find(std::string_view name) const;
	std::vector<std::string_view> known_options() const;

	std::span<const std::string_view> line_;
	Words words_;
	bool options_ended_ = false;
};

tl::unexpected<Error> bad(std::string text) {
	return fail(ErrorKind::bad_input, std::move(text));
}

std::string_view name_of_short(std::string_view word) {
	if (word == "-h") return "--help";
	if (word == "-V") return "--version";
	return word;
}

Result<void> Reader::read() {
	while (!line_.empty()) {
		const auto next = line_.front();
		line_ = line_.subspan(1);
		if (auto done = word(next); !done) return done;
	}
	return words_.has("help") || words_.has("version") ? Result<void>{} : complete();
}

Result<void> Reader::word(std::string_view word) {
	if (!options_ended_ && word == "--") {
		options_ended_ = true;
		return {};
	}
	word = options_ended_ ? word : name_of_short(word);
	if (!options_ended_ && word.size() > 1 && word[0] == '-') return option(word);
	return words_.verb == nullptr ? verb(word) : argument(word);
}

const Option* Reader::find(std::string_view name) const {
	const auto find_in = [name](const std::vector<Option>& table) -> const Option* {
		const auto found =
		    std::find_if(table.begin(), table.end(), [&](const Option& o) { return o.name == name; });
		return found == table.end() ? nullptr : &*found;
	};
	if (const auto* found = find_in(global_options())) return found;
	return words_.verb == nullptr ? nullptr : find_in(words_.verb->options);
}

std::vector<std::string_view> Reader::known_options() const {
	std::vector<std::string_view> names;
	if (words_.verb != nullptr) {
		for (const auto& option : words_.verb->options) names.push_back(option.name);
	}
	for (const auto& option : global_options()) names.push_back(option.name);
	return names;
}

Result<void> Reader::option(std::string_view text) {
	const auto equals = text.find('=');
	const auto name = text.substr(0, equals);
	const auto* option = name.starts_with("--") ? find(name.substr(2)) : nullptr;
	if (option == nullptr) {
		const auto letters = name.substr(std::min(name.find_first_not_of('-'), name.size()));
		const auto near = nearest(letters, known_options());
		return bad(fmt::format("unknown option {}{}{}", quoted(name),
		                       words_.verb == nullptr ? " before a verb" : "",
		                       near.empty() ? "" : fmt::format("; did you mean \"--{}\"?", near)));
	}
	if (words_.has(option->name)) return bad(fmt::format("--{} was given twice", option->name));
	std::string_view value;
	if (option->value.empty()) {
		if (equals != text.npos) return bad(fmt::format("--{} takes no value", option->name));
	} else if (equals != text.npos) {
		value = text.substr(equals + 1);
	} else if (line_.empty()) {
		return bad(fmt::format("--{} wants a value: {}", option->name, option->value));
	} else {
		value = line_.front();
		line_ = line_.subspan(1);
	}
	if (const auto good = check_value(option->kind, value); !good) {
		return bad(fmt::format("--{}: {}", option->name, good.error().text));
	}
	words_.options.emplace(option->name, value);
	return {};
}

Result<void> Reader::verb(std::string_view name) {
	words_.verb = find_verb(name);
	if (words_.verb != nullptr) return {};
	return bad(fmt::format("unknown verb {}{}", quoted(name), did_you_mean(name, words_of(Kind::verb))));
}

Result<void> Reader::argument(std::string_view text) {
	const auto at = words_.arguments.size();
	const auto& known = words_.verb->arguments;
	const bool is_one_more = at >= known.size() && !known.empty() && known.back().is_repeated;
	if (at >= known.size() && !is_one_more) return bad(fmt::format("{} is one word too many", quoted(text)));
	const auto& argument = is_one_more ? known.back() : known[at];
	if (const auto good = check_value(argument.kind, text); !good) {
		return bad(fmt::format("{}: {}", argument.name, good.error().text));
	}
	words_.arguments.emplace_back(text);
	return {};
}

Result<void> Reader::complete() const {
	if (words_.verb == nullptr) return bad("expected a verb");
	const auto given = words_.arguments.size();
	if (given < words_.verb->arguments.size() && !words_.verb->arguments[given].is_optional) {
		return bad(fmt::format("{} is missing", words_.verb->arguments[given].name));
	}
	for (const auto& option : words_.verb->options) {
		if (option.is_required && !words_.has(option.name)) {
			return bad(fmt::format("--{} {} is missing", option.name, option.value));
		}
	}
	return {};
}

} // namespace

std::optional<std::string_view> Words::option(std::string_view name) const {
	const auto found = options.find(name);
	if (found == options.end()) return std::nullopt;
	return found->second;
}

std::string_view Words::argument(std::size_t index) const {
	return index < arguments.size() ? std::string_view(arguments[index]) : std::string_view{};
}

tl::expected<Words, Usage> read_words(std::span<const std::string_view> line) {
	Reader reader(line);
	const auto done = reader.read();
	if (!done) return tl::unexpected<Usage>(Usage{done.error(), reader.take()});
	return reader.take();
}

} // namespace gate25::cli
