// SPDX-License-Identifier: GPL-2.0-or-later
//
// Addresses and prefixes of both families. One type for both, so that forgetting IPv6 takes effort.
// An IPv4-mapped IPv6 address (RFC 4291 2.5.5.2) is turned into the IPv4 address where text or bytes
// enter, so it cannot escape a rule. A Prefix has no host bits: its factories clear or refuse them.
#pragma once

#include "core/result.h"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace gate25 {

enum class Family : std::uint8_t { ipv4, ipv6 };

constexpr unsigned address_bits(Family family) { return family == Family::ipv4 ? 32U : 128U; }

class Address {
public:
	Address() = default; // 0.0.0.0
	// From network byte order: 4 or 16 bytes. A mapped address becomes IPv4.
	static Address from_bytes(std::span<const std::uint8_t> network_order);
	static Address ipv4(std::uint32_t host_order);
	// Strict: no zone, no leading zeros ("010.0.0.1"), no surrounding space. Errors quote the text.
	[[nodiscard]] static Result<Address> parse(std::string_view text);

	Family family() const { return family_; }
	// 4 or 16 bytes in network byte order.
	std::span<const std::uint8_t> bytes() const { return {bytes_.data(), address_bits(family_) / 8}; }
	// The first `length` bits, the rest zero. `length` at most address_bits().
	Address masked(unsigned length) const;
	// The last address of the prefix of this length.
	Address last(unsigned length) const;
	bool bit(unsigned index) const { return (bytes_[index / 8] >> (7 - index % 8) & 1) != 0; }
	// The neighbour; past the end of the family it wraps round.
	Address next() const;
	Address previous() const;
	std::string text() const; // RFC 5952 for IPv6

	friend auto operator<=>(const Address&, const Address&) = default;

private:
	Family family_ = Family::ipv4;
	std::array<std::uint8_t, 16> bytes_{};
};

class Prefix {
public:
	Prefix() = default; // 0.0.0.0/32
	// Host bits are cleared. `length` at most address_bits().
	static Prefix of(Address address, unsigned length);
	static Prefix host(Address address) { return of(address, address_bits(address.family())); }
	// "192.0.2.7" (a host) or "192.0.2.0/24"; host bits set are an error that names the right prefix.
	[[nodiscard]] static Result<Prefix> parse(std::string_view text);

	const Address& address() const { return address_; }
	unsigned length() const { return length_; }
	Family family() const { return address_.family(); }
	bool is_host() const { return length_ == address_bits(family()); }
	bool contains(const Address& address) const;
	bool contains(const Prefix& other) const; // also itself
	bool overlaps(const Prefix& other) const { return contains(other) || other.contains(*this); }
	Address first() const { return address_; }
	Address last() const { return address_.last(length_); }
	// "192.0.2.7" for a host, "192.0.2.0/24" otherwise.
	std::string text() const;

	friend auto operator<=>(const Prefix&, const Prefix&) = default;

private:
	Address address_;
	std::uint8_t length_ = 32;
};

} // namespace gate25

template <> struct std::hash<gate25::Address> {
	std::size_t operator()(const gate25::Address& address) const noexcept;
};
template <> struct std::hash<gate25::Prefix> {
	std::size_t operator()(const gate25::Prefix& prefix) const noexcept;
};
