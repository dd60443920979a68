// SPDX-License-Identifier: GPL-2.0-or-later
// refused: gmime/gmime.h belongs to wire/mime.cpp
#include <gmime/gmime.h>
