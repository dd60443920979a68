// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whose mail is counted: a subscriber, or somebody who authenticated himself at the relay.
#pragma once

#include "core/address.h"

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gate25 {

// 17 bytes without padding, the same on every machine: it stands in files.
class VolumeKey {
public:
	VolumeKey() = default;
	static VolumeKey of(const Prefix& subscriber);
	// A number of 128 bits for the name; whoever lists it keeps the name beside it. Names that differ in the case of
	// ASCII letters only are one user, since mail servers see them so.
	static VolumeKey of_user(std::string_view name);
	bool is_user() const { return kind_ == user_kind; }
	std::optional<Prefix> subscriber() const; // nullopt: a user
	// For files and for lookups.
	const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
	std::uint8_t kind() const { return kind_; } // 0 to 32: IPv4 length; 64 + length: IPv6; 255: a user
	// nullopt when no key has this kind.
	static std::optional<VolumeKey> from_bytes(const std::array<std::uint8_t, 16>& bytes, std::uint8_t kind);
	friend auto operator<=>(const VolumeKey&, const VolumeKey&) = default;
	// Two words and a byte: each look-up compares.
	friend bool operator==(const VolumeKey& one, const VolumeKey& other) {
		std::uint64_t words[4];
		std::memcpy(words, one.bytes_.data(), 16);
		std::memcpy(words + 2, other.bytes_.data(), 16);
		return words[0] == words[2] && words[1] == words[3] && one.kind_ == other.kind_;
	}

private:
	static constexpr std::uint8_t user_kind = 255;
	std::array<std::uint8_t, 16> bytes_{};
	std::uint8_t kind_ = 32;
};

} // namespace gate25

template <> struct std::hash<gate25::VolumeKey> {
	std::size_t operator()(const gate25::VolumeKey& key) const noexcept;
};
