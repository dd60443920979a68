// SPDX-License-Identifier: GPL-2.0-or-later
//
// Owners for what C libraries hand out: `std::unique_ptr<mnl_socket, Deleter<mnl_socket_close>>`.
#pragma once

namespace gate25 {

template <auto Free> struct Deleter {
	template <class T> void operator()(T* object) const noexcept { (void)Free(object); }
};

} // namespace gate25
