// SPDX-License-Identifier: GPL-2.0-or-later
// refused: cli may not know edge/store/schema.h
#include "edge/store/schema.h"
