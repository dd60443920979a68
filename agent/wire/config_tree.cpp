// SPDX-License-Identifier: GPL-2.0-or-later
//
// The only place that knows toml++.
#include "wire/config_tree.h"
#include "core/text.h"
#include "wire/config_decimal.h"
#include "wire/config_nesting.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <toml++/toml.h>

namespace gate25::config_file {

namespace {

constexpr std::size_t largest_file = std::size_t{1} << 20U;

// Where toml++ does not know, the beginning of the file is meant.
Where where_of(const toml::source_region& region) {
	return {std::max(1U, region.begin.line), std::max(1U, region.begin.column)};
}

std::string written(const toml::node& node) {
	std::ostringstream out;
	node.visit([&out](const auto& value) {
		if constexpr (toml::is_value<decltype(value)>) out << value;
	});
	return out.str();
}

Node converted(const toml::node& from);

void add_members(Node& node, const toml::table& table) {
	for (const auto& [key, value] : table) {
		Node& member = node.members.emplace_back(converted(value));
		member.key = key.str();
		member.key_where = where_of(key.source());
	}
}

void add_items(Node& node, const toml::array& array) {
	for (const toml::node& value : array) node.members.push_back(converted(value));
}

Node converted(const toml::node& from) {
	Node node;
	node.where = where_of(from.source());
	if (const auto* table = from.as_table()) {
		add_members(node, *table);
	} else if (const auto* array = from.as_array()) {
		node.kind = Node::Kind::array;
		add_items(node, *array);
	} else if (const auto* text = from.as_string()) {
		node.kind = Node::Kind::text;
		node.text = text->get();
	} else if (const auto* integer = from.as_integer()) {
		node.kind = Node::Kind::integer;
		node.number = integer->get();
	} else if (from.is_floating_point()) {
		node.kind = Node::Kind::decimal; // its text comes later
	} else {
		node.kind = Node::Kind::other;
		node.text = written(from);
	}
	return node;
}

void name_items(Node& node) {
	for (Node& member : node.members) {
		if (node.kind == Node::Kind::array) member.key = node.key;
		name_items(member);
	}
}

std::string_view line_of(std::string_view text, unsigned number) {
	for (; number > 1; --number) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
	const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
	return line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
}

std::optional<ConfigError> too_large(std::string_view text) {
	if (text.size() <= largest_file) return std::nullopt;
	return ConfigError{1, 1,
	                   "the file has " + std::to_string(text.size()) + " bytes, at most " +
	                       std::to_string(largest_file) + " are read"};
}

std::optional<ConfigError> too_deep(std::string_view text) {
	const auto line = line_of_deep_key(text);
	if (!line) return std::nullopt;
	return ConfigError{*line, 1, "a key of too many parts, in " + quoted(line_of(text, *line))};
}

ConfigError syntax_error(std::string_view text, const toml::parse_error& error) {
	const Where where = where_of(error.source());
	std::string message = printable(error.description());
	if (message.starts_with("E")) message.front() = 'e'; // "Error while parsing array: ..."
	message.insert(0, "TOML: ");
	const std::string_view line = line_of(text, where.line);
	if (!line.empty()) message += ", in " + quoted(line);
	return {where.line, where.column, std::move(message)};
}

} // namespace

const Node* Node::find(std::string_view name) const {
	const auto found = std::find_if(members.begin(), members.end(), [&](const Node& m) { return m.key == name; });
	return found == members.end() ? nullptr : &*found;
}

std::string Node::spelt() const {
	switch (kind) {
	case Kind::text: return quoted(text);
	case Kind::integer: return std::to_string(number);
	case Kind::array: return "an array";
	case Kind::table: return "a table";
	case Kind::decimal:
	case Kind::other: break;
	}
	return printable(text);
}

tl::expected<Node, ConfigError> parse_toml(std::string_view text) {
	if (auto error = too_large(text)) return tl::unexpected(std::move(*error));
	if (auto error = too_deep(text)) return tl::unexpected(std::move(*error));
	try {
		Node root = converted(toml::parse(text, std::string_view{}));
		name_items(root);
		keep_decimals(root, text);
		return root;
	} catch (const toml::parse_error& error) {
		return tl::unexpected(syntax_error(text, error));
	}
}

} // namespace gate25::config_file
