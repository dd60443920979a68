// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/time.h"
#include "wire/fields.h"
#include <toml++/toml.h>
#include <fmt/format.h>
#include <boost/json/parse.hpp>
