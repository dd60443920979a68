// SPDX-License-Identifier: GPL-2.0-or-later
// refused: asks the system
#include <unistd.h>
