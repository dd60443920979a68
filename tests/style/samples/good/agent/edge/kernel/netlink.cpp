// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/config.h"
#include <libmnl/libmnl.h>
#include <sys/socket.h>
#include <boost/asio/io_context.hpp>
#include <sqlite3.h>
