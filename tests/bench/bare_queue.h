// SPDX-License-Identifier: GPL-2.0-or-later
//
// The least that an NFQUEUE can be answered with: libnetfilter_queue, 64 packets a read, one verdict that accepts them all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

struct mnl_socket;

namespace bench {

class BareQueue {
public:
	// Ends the program when the kernel refuses it.
	explicit BareQueue(std::uint16_t number);
	BareQueue(const BareQueue&) = delete;
	BareQueue& operator=(const BareQueue&) = delete;
	~BareQueue();
	// Waits for packets and accepts them; how many there were.
	std::size_t accept_some();

private:
	void configure();
	mnl_socket* socket_;
	std::uint16_t number_;
	std::vector<char> bytes_;
};

} // namespace bench
