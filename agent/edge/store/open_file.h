// SPDX-License-Identifier: GPL-2.0-or-later
//
// Opening the database of the store whatever state it is in.
#pragma once

#include "edge/store/store_file.h"

namespace gate25 {

// A damaged file is moved aside and a new one takes its place, with the decisions that could still be read;
// `warning` then says so.
[[nodiscard]] Result<std::unique_ptr<StoreFile>> open_or_replace(const StateDirectory& directory,
                                                                 const BootId& boot, std::string& warning);
// For damage that shows itself only when the file is read. The file must be closed.
[[nodiscard]] Result<std::unique_ptr<StoreFile>> replace_damaged(const StateDirectory& directory,
                                                                 const BootId& boot, const Error& why,
                                                                 std::string& warning);

} // namespace gate25
