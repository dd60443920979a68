// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a courier needs to know: the agent's configuration, the texts, the keys of the hooks.
#pragma once

#include "courier/courier.h"
#include "courier/options.h"

namespace gate25 {

struct LoadedSetup {
	CourierSetup setup;
	std::vector<std::string> errors;   // of the configuration: nothing can be sent
	std::vector<std::string> problems; // of texts and keys: some things cannot
};

LoadedSetup load_setup(const CourierOptions& options, Log log);

} // namespace gate25
