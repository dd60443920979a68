// SPDX-License-Identifier: GPL-2.0-or-later
// refused: edge may not know flow/agent.h
#include "flow/agent.h"
