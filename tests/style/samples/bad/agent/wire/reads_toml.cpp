// SPDX-License-Identifier: GPL-2.0-or-later
// refused: belongs to wire/config
#include <toml++/toml.h>
