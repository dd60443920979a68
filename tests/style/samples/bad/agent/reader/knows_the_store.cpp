// SPDX-License-Identifier: GPL-2.0-or-later
// refused: reader may not know edge/store/sqlite.h
#include "edge/store/sqlite.h"
