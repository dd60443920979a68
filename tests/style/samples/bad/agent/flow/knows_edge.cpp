// SPDX-License-Identifier: GPL-2.0-or-later
// refused: flow may not know edge/loop.h
#include "edge/loop.h"
