// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/http_client.h"
#include "cli/verb.h"
#include <unistd.h>
