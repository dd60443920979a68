// SPDX-License-Identifier: GPL-2.0-or-later
// refused: no layer of the house
#include "core/address.h"
