// SPDX-License-Identifier: GPL-2.0-or-later
//
// Accounting packets as an access server makes them.
#pragma once

#include "core/address.h"
#include "wire/radius.h"

#include <cstdint>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <string>
#include <string_view>
#include <vector>

namespace gate25::test {

using RadiusBytes = std::vector<std::uint8_t>;

inline RadiusBytes from_hex(std::string_view hex) {
	RadiusBytes out;
	for (std::size_t i = 0; i + 1 < hex.size(); i += 2) out.push_back(static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
	return out;
}

class RadiusRequest {
public:
	explicit RadiusRequest(std::uint8_t identifier = 1, std::uint8_t code = 4) {
		bytes_.resize(20);
		bytes_[0] = code;
		bytes_[1] = identifier;
	}
	RadiusRequest& add(std::uint8_t type, const RadiusBytes& value) {
		bytes_.push_back(type);
		bytes_.push_back(static_cast<std::uint8_t>(value.size() + 2));
		bytes_.insert(bytes_.end(), value.begin(), value.end());
		return *this;
	}
	RadiusRequest& text(std::uint8_t type, std::string_view value) { return add(type, RadiusBytes(value.begin(), value.end())); }
	RadiusRequest& number(std::uint8_t type, std::uint32_t value) {
		return add(type, {static_cast<std::uint8_t>(value >> 24U), static_cast<std::uint8_t>(value >> 16U), static_cast<std::uint8_t>(value >> 8U),
		                  static_cast<std::uint8_t>(value)});
	}
	RadiusRequest& address(std::uint8_t type, const char* address) {
		const Address read = *Address::parse(address);
		return add(type, RadiusBytes(read.bytes().begin(), read.bytes().end()));
	}
	RadiusRequest& prefix(std::uint8_t type, const char* address, std::uint8_t length, std::size_t bytes) {
		RadiusBytes value{0, length};
		const Address read = *Address::parse(address);
		value.insert(value.end(), read.bytes().begin(), read.bytes().begin() + static_cast<std::ptrdiff_t>(bytes));
		return add(type, value);
	}
	RadiusRequest& status(std::uint32_t status) { return number(40, status); }
	RadiusRequest& session(std::string_view id) { return text(44, id); }
	RadiusRequest& user(std::string_view name) { return text(1, name); }
	RadiusRequest& stamp(std::int64_t seconds) { return number(55, static_cast<std::uint32_t>(seconds)); }

	// RFC 2866 3; with a Message-Authenticator at the end, if wanted.
	RadiusBytes signed_with(std::string_view secret, bool has_message_authenticator = false) const {
		RadiusBytes out = bytes_;
		const auto* key = reinterpret_cast<const std::uint8_t*>(secret.data());
		if (has_message_authenticator) out.insert(out.end(), {80, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
		out[2] = static_cast<std::uint8_t>(out.size() >> 8U);
		out[3] = static_cast<std::uint8_t>(out.size());
		if (has_message_authenticator) {
			hmac_md5_ctx hmac;
			hmac_md5_set_key(&hmac, secret.size(), key);
			hmac_md5_update(&hmac, out.size(), out.data());
			hmac_md5_digest(&hmac, 16, out.data() + out.size() - 16);
		}
		if (out[0] != 4) return out;
		md5_ctx md5;
		md5_init(&md5);
		md5_update(&md5, out.size(), out.data());
		md5_update(&md5, secret.size(), key);
		md5_digest(&md5, 16, out.data() + 4);
		return out;
	}

private:
	RadiusBytes bytes_;
};

} // namespace gate25::test
