// SPDX-License-Identifier: GPL-2.0-or-later
// refused: core may not know wire/fields.h
#include "wire/fields.h"
