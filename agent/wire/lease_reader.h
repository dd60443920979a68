// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lines of a file of leases, whatever its format (wire/kea_lease.h, wire/dnsmasq_lease.h, wire/assignment_csv.h).
#pragma once

#include "core/config_subscribers.h"
#include "core/lease.h"

#include <memory>
#include <string_view>

namespace gate25 {

class LeaseReader {
public:
	virtual ~LeaseReader() = default;
	// A file begins: what its header said is forgotten.
	virtual void begin() = 0;
	// A line without its newline. nullopt: it says nothing of a lease. Errors say what was expected and what was given, and
	// not where.
	[[nodiscard]] virtual Result<std::optional<Lease>> read(std::string_view line) = 0;
};

// For all kinds that are files.
std::unique_ptr<LeaseReader> lease_reader(LeaseKind kind, LeaseName name);

} // namespace gate25
