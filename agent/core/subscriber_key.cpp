// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/subscriber_key.h"

#include "core/big_endian.h"
#include "core/text.h"

#include <array>
#include <nettle/sha2.h>

namespace gate25 {
namespace {

constexpr unsigned block_length = 64;

const Prefix& block() {
	static const Prefix discard_only = *Prefix::parse("100::/64");
	return discard_only;
}

bool is_control(char c) {
	const auto byte = static_cast<unsigned char>(c);
	return byte < 0x20 || byte == 0x7f;
}

} // namespace

Result<std::string> parse_subscriber_id(std::string_view text) {
	const auto objection = [&](const std::string& why) {
		return fail(ErrorKind::bad_input, "\"" + printable(text.substr(0, longest_subscriber_id)) + "\" is no subscriber: " + why);
	};
	if (text.empty()) return fail(ErrorKind::bad_input, "a subscriber needs a name of 1 to 253 bytes, this one is empty");
	if (text.size() > longest_subscriber_id)
		return objection("it has " + std::to_string(text.size()) + " bytes, more than " + std::to_string(longest_subscriber_id));
	for (const char c : text)
		if (is_control(c)) return objection("it has a control character");
	if (text.front() == ' ' || text.back() == ' ') return objection("it begins or ends with a space");
	if (!is_utf8(text)) return objection("it is not UTF-8");
	return std::string(text);
}

Prefix subscriber_key(std::string_view id) {
	std::array<std::uint8_t, 8> bytes{};
	sha256_ctx hash;
	sha256_init(&hash);
	sha256_update(&hash, id.size(), reinterpret_cast<const std::uint8_t*>(id.data()));
	sha256_digest(&hash, bytes.size(), bytes.data());
	return subscriber_key_of(big_endian(bytes));
}

Prefix subscriber_key_of(std::uint64_t bits) {
	std::array<std::uint8_t, 16> bytes{};
	bytes[0] = 1;
	for (unsigned i = 0; i < 8; ++i) bytes[15 - i] = static_cast<std::uint8_t>(bits >> (8 * i));
	return Prefix::host(Address::from_bytes(bytes));
}

std::uint64_t subscriber_bits(const Prefix& key) {
	return big_endian(key.address().bytes().subspan(8));
}

bool is_subscriber_key(const Prefix& prefix) {
	return prefix.family() == Family::ipv6 && prefix.is_host() && block().contains(prefix);
}

} // namespace gate25
