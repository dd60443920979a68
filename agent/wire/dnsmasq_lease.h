// SPDX-License-Identifier: GPL-2.0-or-later
//
// The lease file of dnsmasq: five fields with a space between. It is rewritten whenever something changes.
//
//     EXPIRY MAC    IPV4 HOSTNAME|* CLIENT-ID|*
//     duid DUID                                  of the server; leases of IPv6 follow
//     EXPIRY [T]IAID IPV6 HOSTNAME|* DUID|*
#pragma once

#include "wire/lease_reader.h"

namespace gate25 {

class DnsmasqLeaseReader : public LeaseReader {
public:
	explicit DnsmasqLeaseReader(LeaseName name) : name_(name) {}
	void begin() override {}
	[[nodiscard]] Result<std::optional<Lease>> read(std::string_view line) override;

private:
	LeaseName name_;
};

} // namespace gate25
