// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tables of the store and how an older file becomes a newer one.
#pragma once

#include "edge/store/sqlite.h"

#include <span>

namespace gate25 {

// Script i leads from version i to version i + 1 (PRAGMA user_version). Never change one that was
// released: add another.
std::span<const char* const> store_migrations();

// How this connection works: write-ahead log, a sync for each commit.
[[nodiscard]] Result<void> configure_connection(sql::Database& database);

// Brings the file to the newest version, in one transaction. A file of a newer gate25 is left alone and
// refused. `path` is for the text of the error.
[[nodiscard]] Result<void> migrate(sql::Database& database, std::span<const char* const> migrations,
                                   const std::string& path);

} // namespace gate25
