// SPDX-License-Identifier: GPL-2.0-or-later
//
// Kea's memfile, of both families: comma-separated values under a header. Which columns there are, and where, the header
// says: Kea 2.2 has 11 for IPv4 and 17 for IPv6, later ones have more. The file is a journal: the last line of an
// address counts.
#pragma once

#include "wire/lease_reader.h"

#include <array>

namespace gate25 {

// What a lease's state (Kea's number) and its valid lifetime make of it; nullopt: no state that is known.
std::optional<Lease::State> kea_state(std::uint64_t state, std::uint64_t valid_lifetime);
inline constexpr std::uint64_t kea_infinite = 0xffffffff;
// {"subscriber": "..."} of a user context, which names the subscriber before all else; empty: it does not.
std::string kea_context_name(std::string_view json);

class KeaLeaseReader : public LeaseReader {
public:
	explicit KeaLeaseReader(LeaseName name) : name_(name) {}
	void begin() override { has_header_ = false; }
	[[nodiscard]] Result<std::optional<Lease>> read(std::string_view line) override;

private:
	enum Column : std::uint8_t { address, hwaddr, client_id, duid, valid_lifetime, expire, lease_type, prefix_len, hostname, state, user_context, column_count };
	static constexpr std::size_t absent = ~std::size_t{0};
	[[nodiscard]] Result<void> read_header(std::string_view line);
	[[nodiscard]] Result<Prefix> read_prefix(std::string_view address_text, std::string_view type, std::string_view length) const;

	LeaseName name_;
	bool has_header_ = false;
	Family family_ = Family::ipv4;
	std::size_t width_ = 0;
	std::array<std::size_t, column_count> at_{};
};

} // namespace gate25
