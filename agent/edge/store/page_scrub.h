// SPDX-License-Identifier: GPL-2.0-or-later
//
// Wiping what is left in the unused part of a page. SQLite overwrites what is deleted (PRAGMA secure_delete), but not the
// copies that stay behind when it moves rows from one page to its neighbour: they stand between the pointers and the
// rows of a page until something is written there (sqlite.org/fileformat2.html 1.6).
#pragma once

#include "edge/store/sqlite.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace gate25 {

struct UnusedPart {
	std::size_t first = 0; // byte of the page
	std::size_t size = 0;
};

// Between the pointers and the rows of a page of a table or an index; nullopt: this is no such page, or there is nothing.
// `is_first`: the first page, which begins with the header of the file.
std::optional<UnusedPart> unused_part(std::span<const char> page, bool is_first);

// Wipes the next pages from number `from` on, counted from 0; the page to go on with, nullopt: that was the end. Needs an
// empty log and an open transaction, so that nobody else writes: ErrorKind::busy when the log is not empty.
[[nodiscard]] Result<std::optional<std::int64_t>> scrub_pages(sql::Database& database, std::int64_t from);
// All of it at once, for a file whose thread nobody waits for; empties the log before. A quarter of a second for 200 MB.
[[nodiscard]] Result<void> scrub_file(sql::Database& database);

} // namespace gate25
