// SPDX-License-Identifier: GPL-2.0-or-later
// refused: wire may not know edge/files.h
#include "edge/files.h"
