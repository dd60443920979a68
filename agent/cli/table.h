// SPDX-License-Identifier: GPL-2.0-or-later
//
// A table for people that fits the terminal: elastic columns shrink first, then droppable ones go, the
// highest number first, and what is still too long is cut. Nothing is ever wrapped.
#pragma once

#include "cli/screen.h"

#include <string>
#include <string_view>
#include <vector>

namespace gate25::cli {

struct Column {
	std::string_view title;
	unsigned drop = 0;      // 0: stays
	std::size_t least = 0;  // may be narrowed down to this; 0: as wide as its contents
	bool is_number = false; // aligned to the right
};

struct Cell {
	Cell(std::string content, Color with = Color::none) : text(std::move(content)), color(with) {}
	std::string text; // already clean()
	Color color = Color::none;
};

class Table {
public:
	explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
	void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
	bool is_empty() const { return rows_.empty(); }
	std::string text(const Screen& screen) const;

private:
	std::vector<Column> columns_;
	std::vector<std::vector<Cell>> rows_;
};

struct Fit {
	bool is_shown = true;
	std::size_t width = 0;
};
// The widths of columns whose contents are `natural` wide, two blanks between them. `width` 0: no limit.
std::vector<Fit> fit(const std::vector<Column>& columns, const std::vector<std::size_t>& natural,
                     std::size_t width);

} // namespace gate25::cli
