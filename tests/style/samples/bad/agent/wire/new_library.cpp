// SPDX-License-Identifier: GPL-2.0-or-later
// refused: nobody has agreed on
#include <nlohmann/json.hpp>
