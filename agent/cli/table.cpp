// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/table.h"

#include "cli/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace gate25::cli {
namespace {

constexpr std::size_t gap = 2;

std::size_t least_width(const Column& column, const Fit& fit) {
	return column.least > 0 ? std::min(fit.width, column.least) : fit.width;
}

template <class WidthOf> std::size_t total(const std::vector<Fit>& fits, WidthOf width_at) {
	std::size_t sum = 0;
	for (std::size_t i = 0; i < fits.size(); ++i) {
		if (fits[i].is_shown) sum += width_at(i) + (sum > 0 ? gap : 0);
	}
	return sum;
}

// The shown column that is to go next, or none.
Fit* next_to_drop(const std::vector<Column>& columns, std::vector<Fit>& fits) {
	Fit* worst = nullptr;
	unsigned highest = 0;
	for (std::size_t i = 0; i < columns.size(); ++i) {
		if (fits[i].is_shown && columns[i].drop > highest) {
			highest = columns[i].drop;
			worst = &fits[i];
		}
	}
	return worst;
}

// Takes what is too much from the widest elastic column, one blank after the other.
void shrink(const std::vector<Column>& columns, std::vector<Fit>& fits, std::size_t too_much) {
	for (; too_much > 0; --too_much) {
		Fit* widest = nullptr;
		for (std::size_t i = 0; i < columns.size(); ++i) {
			const bool can = fits[i].is_shown && fits[i].width > least_width(columns[i], fits[i]);
			if (can && (widest == nullptr || fits[i].width > widest->width)) widest = &fits[i];
		}
		if (widest == nullptr) return;
		--widest->width;
	}
}

std::vector<std::size_t> natural_widths(const std::vector<Column>& columns,
                                        const std::vector<std::vector<Cell>>& rows) {
	std::vector<std::size_t> widths(columns.size());
	for (const auto& row : rows) {
		for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i].text));
	}
	// An empty column that may go needs no room; fit() sees the zero.
	for (std::size_t i = 0; i < columns.size(); ++i) {
		if (widths[i] > 0 || columns[i].drop == 0) widths[i] = std::max(widths[i], width_of(columns[i].title));
	}
	return widths;
}

std::string line(const Screen& screen, const std::vector<Column>& columns, const std::vector<Fit>& fits,
                 const std::vector<Cell>& row) {
	std::string result;
	std::size_t at = 0;   // where the next column begins
	std::size_t used = 0; // what is written; blanks follow only when text does, so no line ends with any
	const std::size_t end = screen.table_width() == 0 ? SIZE_MAX : screen.table_width();
	for (std::size_t i = 0; i < columns.size() && at < end; ++i) {
		if (!fits[i].is_shown) continue;
		const auto room = std::min(fits[i].width, end - at);
		const auto text = cut(row[i].text, room, screen.ellipsis);
		const auto begin = columns[i].is_number ? at + room - width_of(text) : at;
		if (!text.empty()) {
			result.append(begin - used, ' ').append(screen.paint(row[i].color, text));
			used = begin + width_of(text);
		}
		at += fits[i].width + gap;
	}
	return result + '\n';
}

} // namespace

std::vector<Fit> fit(const std::vector<Column>& columns, const std::vector<std::size_t>& natural,
                     std::size_t width) {
	std::vector<Fit> fits;
	for (const auto natural_width : natural) fits.push_back({natural_width > 0 || width == 0, natural_width});
	if (width == 0) return fits;
	const auto least = [&] { return total(fits, [&](std::size_t i) { return least_width(columns[i], fits[i]); }); };
	while (least() > width) {
		auto* dropped = next_to_drop(columns, fits);
		if (dropped == nullptr) break;
		dropped->is_shown = false;
	}
	const auto wanted = total(fits, [&](std::size_t i) { return fits[i].width; });
	shrink(columns, fits, wanted > width ? wanted - width : 0);
	return fits;
}

std::string Table::text(const Screen& screen) const {
	auto natural = natural_widths(columns_, rows_);
	if (screen.table_width() == 0) {
		for (std::size_t i = 0; i < natural.size(); ++i) {
			natural[i] = std::max(natural[i], width_of(columns_[i].title));
		}
	}
	const auto fits = fit(columns_, natural, screen.table_width());
	std::vector<Cell> titles;
	for (const auto& column : columns_) titles.emplace_back(std::string(column.title), Color::bold);
	auto result = line(screen, columns_, fits, titles);
	for (const auto& row : rows_) result += line(screen, columns_, fits, row);
	return result;
}

} // namespace gate25::cli
