// SPDX-License-Identifier: GPL-2.0-or-later
#include "courier/hook_post.h"

#include <array>
#include <fmt/format.h>
#include <nettle/hmac.h>

namespace gate25 {
namespace {

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

} // namespace

std::string hmac_sha256_hex(std::string_view key, std::string_view text) {
	hmac_sha256_ctx context;
	hmac_sha256_set_key(&context, key.size(), bytes_of(key));
	hmac_sha256_update(&context, text.size(), bytes_of(text));
	std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
	hmac_sha256_digest(&context, digest.size(), digest.data());
	std::string hex;
	for (const std::uint8_t byte : digest) hex += fmt::format("{:02x}", byte);
	return hex;
}

HookPost hook_post(std::uint64_t notice, std::string_view kind, const std::string& url, std::string_view secret, std::string body,
                   UnixTime now) {
	const auto time = now.time_since_epoch().count();
	HookPost post;
	post.url = url;
	post.header = {
		"Content-Type: application/json",
		fmt::format("Gate25-Notice: {}", notice),
		fmt::format("Gate25-Kind: {}", kind),
		fmt::format("Gate25-Signature: t={},v1={}", time, hmac_sha256_hex(secret, fmt::format("{}.{}", time, body))),
	};
	post.body = std::move(body);
	return post;
}

} // namespace gate25
