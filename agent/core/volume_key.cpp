// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/volume_key.h"

#include "core/judge.h"

#include <algorithm>
#include <cstring>

namespace gate25 {
namespace {

constexpr unsigned first_ipv6_kind = 64; // and the length
constexpr std::string_view second_half = "gate25 user ";

void put(std::uint64_t number, std::uint8_t* out) {
	for (int shift = 56; shift >= 0; shift -= 8) *out++ = static_cast<std::uint8_t>(number >> shift);
}

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

} // namespace

VolumeKey VolumeKey::of(const Prefix& subscriber) {
	VolumeKey key;
	const auto bytes = subscriber.address().bytes();
	std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
	const bool is_ipv6 = subscriber.family() == Family::ipv6;
	key.kind_ = static_cast<std::uint8_t>(subscriber.length() + (is_ipv6 ? first_ipv6_kind : 0));
	return key;
}

VolumeKey VolumeKey::of_user(std::string_view name) {
	std::string text(name);
	std::transform(text.begin(), text.end(), text.begin(), lower);
	VolumeKey key;
	key.kind_ = user_kind;
	put(text_hash(text), key.bytes_.data());
	put(text_hash(std::string(second_half) + text), key.bytes_.data() + 8);
	return key;
}

std::optional<Prefix> VolumeKey::subscriber() const {
	if (is_user()) return std::nullopt;
	if (kind_ < first_ipv6_kind) return Prefix::of(Address::from_bytes(std::span(bytes_).first(4)), kind_);
	return Prefix::of(Address::from_bytes(bytes_), kind_ - first_ipv6_kind);
}

std::optional<VolumeKey> VolumeKey::from_bytes(const std::array<std::uint8_t, 16>& bytes, std::uint8_t kind) {
	VolumeKey key;
	key.bytes_ = bytes;
	key.kind_ = kind;
	if (kind == user_kind) return key;
	const bool is_ipv4 = kind <= address_bits(Family::ipv4);
	if (!is_ipv4 && (kind < first_ipv6_kind || kind > first_ipv6_kind + address_bits(Family::ipv6))) return std::nullopt;
	const auto prefix = key.subscriber();
	if (of(*prefix) != key) return std::nullopt; // host bits, or a mapped address
	return key;
}

} // namespace gate25

std::size_t std::hash<gate25::VolumeKey>::operator()(const gate25::VolumeKey& key) const noexcept {
	std::uint64_t halves[2];
	std::memcpy(halves, key.bytes().data(), sizeof halves);
	std::uint64_t mixed = (halves[0] ^ key.kind()) * 0x9e3779b97f4a7c15U;
	mixed = (mixed ^ mixed >> 32U ^ halves[1]) * 0xff51afd7ed558ccdU;
	return mixed ^ mixed >> 29U;
}
