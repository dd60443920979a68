// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/dnsmasq_lease.h"

#include "core/text.h"
#include "wire/lease_fields.h"

namespace gate25 {
namespace {

constexpr std::uint64_t earliest = 1'000'000'000; // in 2001: what is less is a duration

tl::unexpected<Error> objection(std::string text) {
	return fail(ErrorKind::bad_input, std::move(text));
}

std::string_view present(std::string_view field) {
	return field == "*" ? std::string_view() : field;
}

} // namespace

Result<std::optional<Lease>> DnsmasqLeaseReader::read(std::string_view line) {
	if (line.empty()) return std::optional<Lease>();
	const leases::Split fields = leases::split(line, ' ');
	if (fields.all[0] == "duid" && fields.size == 2) return std::optional<Lease>();
	if (fields.size != 5) return objection("five fields were expected, got " + std::to_string(fields.size) + ": " + quoted(line));
	const auto expiry = leases::parse_number(fields.all[0]);
	if (!expiry || *expiry > leases::last_time || (*expiry != 0 && *expiry < earliest))
		return objection("a time in seconds since 1970, or 0, was expected, got " + quoted(fields.all[0]) +
		                 "; a dnsmasq that was built without a clock writes durations, of which nobody knows the end");
	const auto address = Address::parse(fields.all[2]);
	if (!address) return fail(address.error());
	Lease lease;
	lease.prefix = Prefix::host(*address);
	if (*expiry != 0) lease.until = leases::time_of(*expiry);
	const std::string_view id = present(fields.all[4]);
	const bool is_v4 = address->family() == Family::ipv4;
	leases::name(lease, {is_v4 ? fields.all[1] : leases::hw_address_in(id), id, present(fields.all[3])}, name_);
	return lease;
}

} // namespace gate25
