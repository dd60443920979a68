// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace gate25 {

inline constexpr const char* version_text = GATE25_VERSION; // from meson.build

} // namespace gate25
