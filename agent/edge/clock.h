// SPDX-License-Identifier: GPL-2.0-or-later
//
// The only place where a clock is read (core/time.h says why there are two).
#pragma once

#include "core/world.h"

namespace gate25 {

class SystemClock : public Clock {
public:
	Now now() const override;
};

} // namespace gate25
