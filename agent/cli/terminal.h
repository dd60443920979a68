// SPDX-License-Identifier: GPL-2.0-or-later
//
// The terminal the command runs on.
#pragma once

#include "cli/screen.h"

namespace gate25::cli {

// The locale must have been set. Honours COLUMNS, NO_COLOR (no-color.org) and TERM=dumb.
Screen real_screen();

} // namespace gate25::cli
