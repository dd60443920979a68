// SPDX-License-Identifier: GPL-2.0-or-later
//
// A router and the two ends of its links, in two network namespaces without names: they go with this
// process, however it ends.
//
//     far0 --- leg0 (subscribers)  router  leg1 (internet) --- far1
//
// The far ends have no addresses; packets are put in and taken out there as bytes. This thread lives in the
// router's namespace, and so do its children (nft) and the sockets it opens later.
#pragma once

#include "frame.h"

#include <string>
#include <vector>

namespace gate25::compare {

enum class Leg : std::uint8_t { subscribers, internet };

// What came out of the router.
struct Seen {
	Leg leg;
	Frame frame;
};

class Lab {
public:
	Lab(); // throws std::runtime_error
	~Lab();
	Lab(const Lab&) = delete;
	Lab& operator=(const Lab&) = delete;

	// Sends it in where its source lives. Returns when it has gone through, with all that came out.
	std::vector<Seen> send(const Frame& frame);

	// Where the router sends packets to this address.
	static Leg leg_of(const Address& address);
	// Whether packets may come from it and go to it: unicast, and none of the lab's own addresses.
	static bool is_usable(const Address& address);

private:
	void wait_until_links_work();
	void transmit(Leg leg, const Frame& frame);
	// Takes what arrives until this marker does; false: it did not in this time.
	bool receive(Leg leg, std::uint32_t marker, std::vector<Seen>& seen, int timeout_ms);

	int sockets_[2] = {-1, -1};
	std::uint32_t marker_ = 0;
};

// Empty when namespaces can be made here, otherwise why not.
std::string lab_objection();

} // namespace gate25::compare
