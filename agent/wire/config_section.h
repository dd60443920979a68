// SPDX-License-Identifier: GPL-2.0-or-later
//
// Typed access to the keys of a section. Nothing stops at an error: it is noted, the default stays, and
// reading goes on. A key that nobody asked for is unknown, so there is no second list of keys.
#pragma once

#include "core/text.h"
#include "wire/config_tree.h"
#include "wire/config_words.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gate25::config_file {

class Errors {
  public:
	void add(Where where, std::string message) { list_.push_back({where.line, where.column, std::move(message)}); }
	// `"policy" must be a text in quotes, got 25`
	void add_expected(const Node& node, std::string_view expected, std::string_view hint = {});
	std::size_t count() const { return list_.size(); }
	std::vector<ConfigError> sorted() &&;

  private:
	std::vector<ConfigError> list_;
};

// A value and the node it was read from.
template <class T> struct Placed {
	T value;
	const Node* node;
};

// What is known of all sections of one name.
struct Known {
	std::string name;                   // "[network]", "[[prefix]]"
	std::vector<std::string_view> keys; // that somebody asked for
	std::vector<const Node*> tables;    // in the file
	bool is_broken = false;             // it is there but no section: nothing more is said about it
};

class Section {
  public:
	// `table` is nullptr when the section is absent: every key has its default.
	Section(Known& known, const Node* table, Errors& errors) : known_(known), table_(table), errors_(errors) {}

	bool is_present() const { return table_ != nullptr; }
	Where where() const { return table_ == nullptr ? Where{} : table_->where; }
	Errors& errors() { return errors_; }

	// nullptr: the key is absent. The key must be a literal.
	const Node* find(std::string_view key);
	const Node* require(std::string_view key, std::string_view what);

	std::optional<Placed<std::string>> text(std::string_view key);
	std::optional<Placed<Address>> address(std::string_view key);
	// A whole number from `least` to `most`.
	void number(std::string_view key, unsigned least, unsigned most, unsigned& out);
	// In hundredths, with at most two places in the file.
	void decimal(std::string_view key, Points least, Points most, Points& out, std::string_view hint = {});
	// A finite duration.
	void duration(std::string_view key, Seconds& out);
	// The same, or "none".
	void duration_or_none(std::string_view key, std::optional<Seconds>& out);
	// true or false.
	void flag(std::string_view key, bool& out);
	// ASCII that can be printed, with no more characters than `longest`.
	void line(std::string_view key, std::size_t longest, std::string& out);
	// The node, when an absolute path was given that has no more bytes than `longest`.
	const Node* path(std::string_view key, std::size_t longest, std::string& out);
	// An empty path may have a meaning of its own: where the rules were installed, no socket.
	const Node* path_or_none(std::string_view key, std::size_t longest, std::string& out);
	template <class Enum, std::size_t size>
	void choice(std::string_view key, const std::array<Word<Enum>, size>& words, Enum& out);

	std::vector<Placed<std::string>> texts(std::string_view key, std::string_view like);
	// Addresses and prefixes that stand for somebody (core/special.h), no two alike.
	std::vector<Placed<Prefix>> prefixes(std::string_view key);

  private:
	std::optional<std::size_t> choose(std::string_view key, std::span<const std::string_view> words);

	Known& known_;
	const Node* table_;
	Errors& errors_;
};

inline constexpr std::size_t longest_path = 4095;
// sockaddr_un holds 108 bytes, the terminating zero included.
inline constexpr std::size_t longest_socket_path = 107;

// One element of a list, or the whole value of a key.
std::optional<Placed<Prefix>> prefix_of(const Node& node, Errors& errors);
std::optional<Placed<Address>> address_of(const Node& node, Errors& errors);
template <class T> std::vector<Placed<T>> without_twins(std::vector<Placed<T>> all, Errors& errors);

template <class T> std::vector<T> values_of(const std::vector<Placed<T>>& placed) {
	std::vector<T> out;
	for (const auto& each : placed) out.push_back(each.value);
	return out;
}

template <class T> std::vector<Placed<T>> without_twins(std::vector<Placed<T>> all, Errors& errors) {
	std::map<T, const Node*> seen;
	std::erase_if(all, [&](const Placed<T>& each) {
		const auto [found, is_new] = seen.emplace(each.value, each.node);
		if (is_new) return false;
		errors.add(each.node->where, quoted(each.node->text) + " stands in " + quoted(each.node->key) +
		                                 " already, line " + std::to_string(found->second->where.line));
		return true;
	});
	return all;
}

template <class Enum, std::size_t size>
void Section::choice(std::string_view key, const std::array<Word<Enum>, size>& words, Enum& out) {
	std::array<std::string_view, size> texts;
	for (std::size_t i = 0; i < size; ++i) texts[i] = words[i].text;
	if (const auto chosen = choose(key, texts)) out = words[*chosen].value;
}

} // namespace gate25::config_file
