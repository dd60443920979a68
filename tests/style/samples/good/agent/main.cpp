// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/loop.h"
#include "flow/api.h"
#include "options.h"
#include <unistd.h>
