// SPDX-License-Identifier: GPL-2.0-or-later
// refused: belongs to edge/
#include <boost/asio/io_context.hpp>
