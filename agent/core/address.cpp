// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/address.h"

#include <algorithm>

namespace gate25 {

namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// For each byte of an address: which bits belong to the first `length` bits.
std::uint8_t byte_mask(std::size_t index, unsigned length) {
	const std::size_t begin = index * 8;
	if (length >= begin + 8) return 0xff;
	if (length <= begin) return 0;
	return static_cast<std::uint8_t>(0xff00U >> (length - begin));
}

std::string ipv4_text(std::span<const std::uint8_t> bytes) {
	std::string out;
	for (const std::uint8_t byte : bytes) {
		if (!out.empty()) out += '.';
		out += std::to_string(byte);
	}
	return out;
}

using Groups = std::array<unsigned, 8>;

std::string hex(unsigned value) {
	static constexpr std::string_view digits = "0123456789abcdef";
	std::string out;
	for (unsigned shift = 16; shift > 0; shift -= 4) {
		const unsigned digit = value >> (shift - 4) & 15U;
		if (digit != 0 || !out.empty() || shift == 4) out += digits[digit];
	}
	return out;
}

struct Run {
	std::size_t begin = 8;
	std::size_t length = 0;
};

// RFC 5952 4.2: the longest run of zero groups, the first of equals; a single group is not shortened.
Run longest_zero_run(const Groups& groups) {
	Run best;
	for (std::size_t i = 0; i < groups.size(); ++i) {
		std::size_t end = i;
		while (end < groups.size() && groups[end] == 0) ++end;
		if (end - i > best.length) best = {i, end - i};
		i = std::max(i, end);
	}
	return best.length >= 2 ? best : Run{};
}

std::string ipv6_text(std::span<const std::uint8_t> bytes) {
	Groups groups{};
	for (std::size_t i = 0; i < groups.size(); ++i) groups[i] = unsigned{bytes[2 * i]} << 8U | bytes[2 * i + 1];
	const Run run = longest_zero_run(groups);
	std::string out;
	for (std::size_t i = 0; i < groups.size(); ++i) {
		if (i == run.begin) {
			out += "::";
			i += run.length - 1;
			continue;
		}
		if (!out.empty() && out.back() != ':') out += ':';
		out += hex(groups[i]);
	}
	return out;
}

std::size_t mix(std::uint64_t value) {
	// The finalizer of splitmix64: neighbouring addresses land far apart.
	value = (value ^ value >> 30U) * 0xbf58476d1ce4e5b9U;
	value = (value ^ value >> 27U) * 0x94d049bb133111ebU;
	return static_cast<std::size_t>(value ^ value >> 31U);
}

std::uint64_t load(std::span<const std::uint8_t> bytes) {
	std::uint64_t value = 0;
	for (const std::uint8_t byte : bytes) value = value << 8U | byte;
	return value;
}

} // namespace

Address Address::from_bytes(std::span<const std::uint8_t> network_order) {
	Address out;
	const bool is_mapped =
	    network_order.size() == 16 && std::equal(mapped_prefix.begin(), mapped_prefix.end(), network_order.begin());
	if (is_mapped) network_order = network_order.subspan(mapped_prefix.size());
	if (network_order.size() == 16) out.family_ = Family::ipv6;
	std::copy_n(network_order.begin(), std::min(network_order.size(), out.bytes_.size()), out.bytes_.begin());
	return out;
}

Address Address::ipv4(std::uint32_t host_order) {
	Address out;
	for (unsigned i = 0; i < 4; ++i) out.bytes_[i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
	return out;
}

Address Address::masked(unsigned length) const {
	Address out = *this;
	for (std::size_t i = 0; i < bytes().size(); ++i) out.bytes_[i] &= byte_mask(i, length);
	return out;
}

Address Address::last(unsigned length) const {
	Address out = *this;
	for (std::size_t i = 0; i < bytes().size(); ++i)
		out.bytes_[i] = static_cast<std::uint8_t>(out.bytes_[i] | (0xffU & ~unsigned{byte_mask(i, length)}));
	return out;
}

Address Address::next() const {
	Address out = *this;
	for (std::size_t i = bytes().size(); i > 0; --i)
		if (++out.bytes_[i - 1] != 0) break;
	return out;
}

Address Address::previous() const {
	Address out = *this;
	for (std::size_t i = bytes().size(); i > 0; --i)
		if (out.bytes_[i - 1]-- != 0) break;
	return out;
}

std::string Address::text() const {
	return family_ == Family::ipv4 ? ipv4_text(bytes()) : ipv6_text(bytes());
}

Prefix Prefix::of(Address address, unsigned length) {
	Prefix out;
	out.length_ = static_cast<std::uint8_t>(std::min(length, address_bits(address.family())));
	out.address_ = address.masked(out.length_);
	return out;
}

bool Prefix::contains(const Address& address) const {
	return address.family() == family() && address.masked(length_) == address_;
}

bool Prefix::contains(const Prefix& other) const {
	return other.length_ >= length_ && contains(other.address_);
}

std::string Prefix::text() const {
	return is_host() ? address_.text() : address_.text() + '/' + std::to_string(length_);
}

} // namespace gate25

std::size_t std::hash<gate25::Address>::operator()(const gate25::Address& address) const noexcept {
	const auto bytes = address.bytes();
	if (bytes.size() == 4) return gate25::mix(gate25::load(bytes) + 0x9e3779b97f4a7c15U);
	return gate25::mix(gate25::load(bytes.first(8)) + gate25::mix(gate25::load(bytes.last(8))));
}

std::size_t std::hash<gate25::Prefix>::operator()(const gate25::Prefix& prefix) const noexcept {
	return gate25::mix(std::hash<gate25::Address>{}(prefix.address()) + prefix.length());
}
