// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where other prefixes of the file lie, compared with those of the subscribers.
#pragma once

#include "wire/config_tree.h"

#include <vector>

namespace gate25::config_file {

class SortedSubscribers {
  public:
	// Of a network without errors: its prefixes do not overlap.
	explicit SortedSubscribers(const Network& network);
	// The first that lies in `outer`, and the one in which `inner` lies; nullptr: there is none.
	const Prefix* first_in(const Prefix& outer) const;
	const Prefix* around(const Prefix& inner) const;

  private:
	std::vector<Prefix> sorted_;
};

// For a prefix with neither.
std::string outside_text(const Node& prefix);

} // namespace gate25::config_file
