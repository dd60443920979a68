// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/world.h"
#include "wire/answers.h"
#include "flow/desk.h"
#include <boost/json/object.hpp>
