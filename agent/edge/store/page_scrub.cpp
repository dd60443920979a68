// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/page_scrub.h"

#include <algorithm>
#include <vector>

namespace gate25 {

namespace {

constexpr std::int64_t pages_per_step = 8192;  // 32 MiB, some ten milliseconds
constexpr std::int64_t pages_per_read = 256;
// The first byte of other kinds of pages belongs to the number of a page: beyond this it could look like a kind of page.
constexpr std::int64_t most_pages = 0x02000000;
constexpr std::size_t header_of_file = 100;
constexpr std::int64_t vacuum_field = 52; // not 0: there are pages of pointers, which could look so too

std::size_t number_at(std::span<const char> page, std::size_t at) {
	return static_cast<std::size_t>(static_cast<unsigned char>(page[at])) << 8U | static_cast<unsigned char>(page[at + 1]);
}

bool is_blank(std::span<const char> bytes) {
	return std::ranges::all_of(bytes, [](char byte) { return byte == 0; });
}

Result<void> scrub_page(sql::Database& database, std::span<const char> page, std::int64_t number) {
	const auto unused = unused_part(page, number == 0);
	if (!unused || is_blank(page.subspan(unused->first, unused->size))) return {};
	const auto size = static_cast<std::int64_t>(page.size());
	return database.zero_file(number * size + static_cast<std::int64_t>(unused->first), unused->size);
}

// How many pages of which size; an error where the kind of a page cannot be told.
struct Shape {
	std::int64_t pages = 0;
	std::int64_t page_size = 0;
};
Result<Shape> shape_of(sql::Database& database) {
	auto pages = database.integer("PRAGMA page_count");
	if (!pages) return fail(pages.error());
	auto size = database.integer("PRAGMA page_size");
	if (!size) return fail(size.error());
	std::vector<char> header(header_of_file);
	auto read = database.read_file(0, header);
	if (!read) return fail(read.error());
	const Shape shape{pages->value_or(0), size->value_or(0)};
	if (shape.pages < most_pages && is_blank(std::span(header).subspan(vacuum_field, 4))) return shape;
	return fail(ErrorKind::storage, "the database is larger than 128 GiB, or not one that gate25 made: what was deleted may "
	                                "still stand in the unused parts of its pages; stop gate25d and VACUUM it with sqlite3");
}

} // namespace

std::optional<UnusedPart> unused_part(std::span<const char> page, bool is_first) {
	const std::size_t start = is_first ? header_of_file : 0;
	if (page.size() < start + 12) return std::nullopt;
	const auto kind = static_cast<unsigned char>(page[start]);
	const bool is_inner = kind == 2 || kind == 5;
	if (!is_inner && kind != 10 && kind != 13) return std::nullopt;
	const std::size_t first = start + (is_inner ? 12 : 8) + 2 * number_at(page, start + 3);
	const std::size_t rows = number_at(page, start + 5);
	const std::size_t end = rows == 0 ? 65536 : rows; // of the largest pages it does not fit
	if (first >= end || end > page.size()) return std::nullopt;
	return UnusedPart{first, end - first};
}

Result<std::optional<std::int64_t>> scrub_pages(sql::Database& database, std::int64_t from) {
	auto is_empty = database.is_log_empty();
	if (!is_empty) return fail(is_empty.error());
	if (!*is_empty) return fail(ErrorKind::busy, "another program writes to the database; end that program");
	auto shape = shape_of(database);
	if (!shape) return fail(shape.error());
	const std::int64_t end = std::min(shape->pages, from + pages_per_step);
	std::vector<char> bytes;
	for (std::int64_t first = from; first < end; first += pages_per_read) {
		const std::int64_t last = std::min(end, first + pages_per_read);
		const auto size = static_cast<std::size_t>(shape->page_size);
		bytes.resize(static_cast<std::size_t>(last - first) * size);
		auto done = database.read_file(first * shape->page_size, bytes);
		for (std::int64_t page = first; done && page < last; ++page)
			done = scrub_page(database, std::span(bytes).subspan(static_cast<std::size_t>(page - first) * size, size), page);
		if (!done) return fail(done.error());
	}
	auto synced = database.sync_file();
	if (!synced) return fail(synced.error());
	database.give_back_memory(); // else the next change of a page would bring back what stood there
	return end == shape->pages ? std::nullopt : std::optional(end);
}

Result<void> scrub_file(sql::Database& database) {
	auto emptied = database.empty_log();
	if (!emptied) return emptied;
	auto transaction = sql::Transaction::begin(database);
	if (!transaction) return fail(transaction.error());
	for (std::int64_t page = 0;;) {
		auto next = scrub_pages(database, page);
		if (!next) return fail(next.error());
		if (!*next) return {};
		page = **next;
	}
}

} // namespace gate25
