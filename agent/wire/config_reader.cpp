// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/config_reader.h"
#include "core/text.h"

#include <algorithm>

namespace gate25::config_file {

namespace {

bool is_table(const Node& node) {
	return node.kind == Node::Kind::table;
}

std::string did_you_mean(std::string_view word) {
	return word.empty() ? "" : "; did you mean \"" + std::string(word) + "\"?";
}

} // namespace

void Errors::add_expected(const Node& node, std::string_view expected, std::string_view hint) {
	std::string message = quoted(node.key) + " must be ";
	message.append(expected).append(", got ").append(node.spelt()).append(hint);
	add(node.where, std::move(message));
}

std::vector<ConfigError> Errors::sorted() && {
	std::stable_sort(list_.begin(), list_.end(), [](const ConfigError& a, const ConfigError& b) {
		return Where{a.line, a.column} < Where{b.line, b.column};
	});
	return std::move(list_);
}

Section Reader::section(const std::string& name) {
	Known& known = known_[name];
	known.name = '[' + name + ']';
	const Node* node = root_.find(name);
	if (node == nullptr) return {known, nullptr, errors_};
	known.is_broken = !is_table(*node);
	if (known.is_broken) {
		errors_.add(node->where,
		            quoted(name) + " must be one section, written " + known.name + ", got " + node->spelt());
		return {known, nullptr, errors_};
	}
	known.tables = {node};
	return {known, node, errors_};
}

std::vector<Section> Reader::repeated(const std::string& name) {
	Known& known = known_[name];
	known.name = "[[" + name + "]]";
	const Node* node = root_.find(name);
	if (node == nullptr) return {};
	const auto& members = node->members;
	known.is_broken = node->kind != Node::Kind::array || !std::all_of(members.begin(), members.end(), is_table);
	if (known.is_broken) {
		errors_.add(node->where, quoted(name) + " must be written " + known.name + ", in double brackets");
		return {};
	}
	std::vector<Section> out;
	for (const Node& table : members) {
		known.tables.push_back(&table);
		out.emplace_back(known, &table, errors_);
	}
	return out;
}

void Reader::complain_of_unknown() {
	for (const Node& node : root_.members)
		if (!known_.contains(node.key)) complain_of_section(node);
	for (const auto& [name, known] : known_)
		for (const Node* table : known.tables)
			for (const Node& node : table->members)
				if (std::find(known.keys.begin(), known.keys.end(), node.key) == known.keys.end())
					complain_of_key(known, node);
}

void Reader::complain_of_section(const Node& node) {
	std::vector<std::string_view> names;
	for (const auto& [name, known] : known_) names.push_back(name);
	const std::string what = is_table(node) ? "unknown section " : "unknown key ";
	const std::string_view meant = nearest(node.key, names);
	errors_.add(node.key_where,
	            what + quoted(node.key) + (meant.empty() ? owner_hint(node.key) : did_you_mean(meant)));
}

void Reader::complain_of_key(const Known& known, const Node& node) {
	const std::string_view meant = nearest(node.key, known.keys);
	errors_.add(node.key_where, "unknown key " + quoted(node.key) + " in " + known.name +
	                                (meant.empty() ? owner_hint(node.key) : did_you_mean(meant)));
}

std::string Reader::owner_hint(std::string_view key) const {
	for (const auto& [name, known] : known_)
		if (std::find(known.keys.begin(), known.keys.end(), key) != known.keys.end())
			return "; it belongs in " + known.name;
	return {};
}

} // namespace gate25::config_file
