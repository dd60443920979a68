// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/config_decimal.h"

#include <algorithm>

namespace gate25::config_file {

namespace {

constexpr std::int64_t largest_number = 10'000'000;

// Walks through the file once. toml++ counts characters, not bytes, and no byte order mark.
class Cursor {
  public:
	explicit Cursor(std::string_view file) : rest_(file) {
		if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
	}
	// What begins there; not before where it was called for the last time.
	std::string_view at(Where where) {
		while (at_ < where && !rest_.empty()) step();
		return rest_;
	}

  private:
	void step() {
		const bool ends_line = rest_.front() == '\n';
		do rest_.remove_prefix(1);
		while (!rest_.empty() && (static_cast<unsigned char>(rest_.front()) & 0xc0U) == 0x80); // UTF-8 goes on
		at_ = ends_line ? Where{at_.line + 1, 1} : Where{at_.line, at_.column + 1};
	}

	std::string_view rest_;
	Where at_;
};

void collect(Node& node, std::vector<Node*>& out) {
	if (node.kind == Node::Kind::decimal) out.push_back(&node);
	for (Node& member : node.members) collect(member, out);
}

bool all_digits(std::string_view text) {
	return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

std::optional<Points> points_of(std::string text) {
	std::erase(text, '_'); // TOML has it between digits, and toml++ has checked where it stands
	std::string_view rest = text;
	const bool is_negative = rest.starts_with('-');
	if (is_negative || rest.starts_with('+')) rest.remove_prefix(1);
	const std::size_t point = rest.find('.');
	if (point == rest.npos) return std::nullopt; // inf, nan, 1e3
	const std::string_view whole = rest.substr(0, point), places = rest.substr(point + 1);
	if (!all_digits(whole) || !all_digits(places) || whole.size() > 8 || places.size() > 2) return std::nullopt;
	Points points = 0;
	for (const std::string_view digits : {whole, places})
		for (const char digit : digits) points = points * 10 + (digit - '0');
	if (places.size() == 1) points *= 10;
	return is_negative ? -points : points;
}

} // namespace

void keep_decimals(Node& root, std::string_view file) {
	std::vector<Node*> decimals;
	collect(root, decimals);
	std::sort(decimals.begin(), decimals.end(), [](const Node* a, const Node* b) { return a->where < b->where; });
	Cursor cursor(file);
	for (Node* decimal : decimals) {
		const std::string_view text = cursor.at(decimal->where);
		decimal->text = text.substr(0, text.find_first_not_of("+-.0123456789_eEinfa"));
	}
}

std::optional<Points> points_of(const Node& node) {
	if (node.kind == Node::Kind::decimal) return points_of(node.text);
	const bool is_number = node.kind == Node::Kind::integer;
	if (!is_number || node.number > largest_number || node.number < -largest_number) return std::nullopt;
	return node.number * one_point;
}

} // namespace gate25::config_file
