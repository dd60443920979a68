// SPDX-License-Identifier: GPL-2.0-or-later
//
// Asio and Beast themselves, compiled once: BOOST_ASIO_SEPARATE_COMPILATION is set for all files.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
