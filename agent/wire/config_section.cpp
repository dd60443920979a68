// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/config_section.h"
#include "core/special.h"
#include "core/tally.h"
#include "wire/config_decimal.h"
#include "wire/config_kinds.h"

#include <algorithm>

namespace gate25::config_file {

namespace {

std::string in_quotes(std::string_view word) {
	return '"' + std::string(word) + '"';
}

constexpr std::string_view a_text = "a text in quotes";

} // namespace

const Node* Section::find(std::string_view key) {
	known_.keys.push_back(key);
	return table_ == nullptr ? nullptr : table_->find(key);
}

const Node* Section::require(std::string_view key, std::string_view what) {
	const Node* node = find(key);
	if (node == nullptr && !known_.is_broken)
		errors_.add(where(), in_quotes(key) + " is missing in " + known_.name + ": " + std::string(what));
	return node;
}

std::optional<Placed<std::string>> Section::text(std::string_view key) {
	const Node* node = find(key);
	if (node == nullptr) return std::nullopt;
	if (node->kind == Node::Kind::text) return Placed<std::string>{node->text, node};
	errors_.add_expected(*node, a_text);
	return std::nullopt;
}

std::optional<Placed<Address>> Section::address(std::string_view key) {
	const Node* node = find(key);
	return node == nullptr ? std::nullopt : address_of(*node, errors_);
}

void Section::number(std::string_view key, unsigned least, unsigned most, unsigned& out) {
	const Node* node = find(key);
	if (node == nullptr) return;
	if (node->kind == Node::Kind::integer && node->number >= least && node->number <= most)
		out = static_cast<unsigned>(node->number);
	else
		errors_.add_expected(*node, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

void Section::decimal(std::string_view key, Points least, Points most, Points& out, std::string_view hint) {
	const Node* node = find(key);
	if (node == nullptr) return;
	const auto points = points_of(*node);
	if (points && *points >= least && *points <= most)
		out = *points;
	else
		errors_.add_expected(*node,
		                     "a number from " + points_text(least) + " to " + points_text(most) +
		                         " with at most two places",
		                     points && *points > most ? hint : "");
}

void Section::duration_or_none(std::string_view key, std::optional<Seconds>& out) {
	const Node* node = find(key);
	if (node == nullptr) return;
	const bool is_text = node->kind == Node::Kind::text;
	if (is_text && node->text == "none")
		out.reset();
	else if (const auto parsed = is_text ? parse_finite_duration(node->text) : fail(ErrorKind::bad_input, ""))
		out = *parsed;
	else
		errors_.add_expected(*node, "a duration that ends, like \"1h\", or \"none\"");
}

void Section::duration(std::string_view key, Seconds& out) {
	const Node* node = find(key);
	if (node == nullptr) return;
	if (node->kind != Node::Kind::text) return errors_.add_expected(*node, "a duration that ends, like \"90d\"");
	if (const auto parsed = parse_finite_duration(node->text))
		out = *parsed;
	else
		errors_.add(node->where, quoted(key) + ": " + parsed.error().text);
}

const Node* Section::path(std::string_view key, std::size_t longest, std::string& out) {
	const auto given = text(key);
	if (!given) return nullptr;
	const std::string& path = given->value;
	if (!is_absolute_path(path)) {
		errors_.add_expected(*given->node, "an absolute path");
		return nullptr;
	}
	if (path.size() > longest) {
		errors_.add(given->node->where, quoted(path) + " has " + std::to_string(path.size()) + " bytes, at most " +
		                                    std::to_string(longest) + " fit");
		return nullptr;
	}
	out = path;
	return given->node;
}

const Node* Section::path_or_none(std::string_view key, std::size_t longest, std::string& out) {
	const Node* node = find(key);
	const bool is_empty = node != nullptr && node->kind == Node::Kind::text && node->text.empty();
	return is_empty ? nullptr : path(key, longest, out);
}

void Section::flag(std::string_view key, bool& out) {
	const Node* node = find(key);
	if (node == nullptr) return;
	if (node->kind == Node::Kind::other && (node->text == "true" || node->text == "false"))
		out = node->text == "true";
	else
		errors_.add_expected(*node, "true or false, without quotes");
}

void Section::line(std::string_view key, std::size_t longest, std::string& out) {
	const auto given = text(key);
	if (!given) return;
	const std::string& value = given->value;
	const bool is_printable = std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
	if (!is_printable)
		errors_.add_expected(*given->node, "one line of ASCII");
	else if (value.size() > longest)
		errors_.add(given->node->where, in_quotes(key) + " has " + std::to_string(value.size()) + " characters, at most " +
		                                    std::to_string(longest) + " fit");
	else
		out = value;
}

std::optional<std::size_t> Section::choose(std::string_view key, std::span<const std::string_view> words) {
	const Node* node = find(key);
	if (node == nullptr) return std::nullopt;
	const auto found = std::find(words.begin(), words.end(), node->text);
	if (node->kind == Node::Kind::text && found != words.end())
		return static_cast<std::size_t>(found - words.begin());
	const std::string_view meant = node->kind == Node::Kind::text ? nearest(node->text, words) : "";
	errors_.add_expected(*node, "one of " + listed(words),
	                     meant.empty() ? "" : "; did you mean " + in_quotes(meant) + '?');
	return std::nullopt;
}

// --- lists ---

std::vector<Placed<std::string>> Section::texts(std::string_view key, std::string_view like) {
	const Node* node = find(key);
	if (node == nullptr) return {};
	if (node->kind != Node::Kind::array) {
		errors_.add_expected(*node, "an array like " + std::string(like));
		return {};
	}
	std::vector<Placed<std::string>> out;
	for (const Node& item : node->members)
		if (item.kind == Node::Kind::text)
			out.push_back({item.text, &item});
		else
			errors_.add(item.where,
			            "an item of " + in_quotes(key) + " must be a text in quotes, got " + item.spelt());
	return out;
}

std::vector<Placed<Prefix>> Section::prefixes(std::string_view key) {
	std::vector<Placed<Prefix>> out;
	for (const auto& text : texts(key, "[\"192.0.2.0/24\", \"2001:db8::/32\"]"))
		if (auto prefix = prefix_of(*text.node, errors_)) out.push_back(*prefix);
	return without_twins(std::move(out), errors_);
}

std::optional<Placed<Prefix>> prefix_of(const Node& node, Errors& errors) {
	const auto parsed = Prefix::parse(node.text);
	const std::string special = parsed ? why_special(*parsed) : "";
	if (node.kind != Node::Kind::text)
		errors.add_expected(node, a_text);
	else if (!parsed)
		errors.add(node.where, parsed.error().text);
	else if (!special.empty())
		errors.add(node.where, quoted(node.text) + " cannot stand in " + quoted(node.key) + ": " + special);
	else
		return Placed<Prefix>{*parsed, &node};
	return std::nullopt;
}

std::optional<Placed<Address>> address_of(const Node& node, Errors& errors) {
	const auto parsed = node.kind == Node::Kind::text ? Address::parse(node.text) : Address{};
	if (!parsed) {
		errors.add(node.where, parsed.error().text);
		return std::nullopt;
	}
	const auto prefix = prefix_of(node, errors);
	return prefix ? std::optional(Placed<Address>{prefix->value.address(), &node}) : std::nullopt;
}

} // namespace gate25::config_file
