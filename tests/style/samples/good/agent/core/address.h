// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <tl/expected.hpp>
#include "core/result.h"
