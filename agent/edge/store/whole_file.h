// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is done with a database's file as a whole: it is moved aside, written anew, and made to last.
#pragma once

#include "core/result.h"

#include <string>

namespace gate25 {

// Of the call that has just failed, with errno.
[[nodiscard]] tl::unexpected<Error> system_failure(const std::string& what);
// fsync(2) of a file or a directory.
[[nodiscard]] Result<void> sync_path(const std::string& path);
// For the name of what is moved aside: the time without colons, which are asking for trouble with scp and rsync.
std::string time_for_name();
std::string in_sql_quotes(const std::string& text);

} // namespace gate25
