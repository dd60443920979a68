// SPDX-License-Identifier: GPL-2.0-or-later
// refused: write the layer too
#include "address.h"
