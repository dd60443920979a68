// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/radius.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <optional>

namespace gate25 {
namespace {

constexpr std::uint8_t proxy_state = 33, message_authenticator = 80;
constexpr std::array<std::uint8_t, MD5_DIGEST_SIZE> zeros{};

using Bytes = std::span<const std::uint8_t>;
using Digest = std::array<std::uint8_t, MD5_DIGEST_SIZE>;

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

// In a time that says nothing about where they differ.
bool is_same(Bytes one, Bytes other) { return one.size() == other.size() && memeql_sec(one.data(), other.data(), one.size()) != 0; }

Digest md5_of(std::initializer_list<Bytes> parts) {
	md5_ctx context;
	md5_init(&context);
	for (const Bytes part : parts) md5_update(&context, part.size(), part.data());
	Digest digest;
	md5_digest(&context, digest.size(), digest.data());
	return digest;
}

Digest hmac_of(std::initializer_list<Bytes> parts, std::string_view secret) {
	hmac_md5_ctx context;
	hmac_md5_set_key(&context, secret.size(), bytes_of(secret).data());
	for (const Bytes part : parts) hmac_md5_update(&context, part.size(), part.data());
	Digest digest;
	hmac_md5_digest(&context, digest.size(), digest.data());
	return digest;
}

// With its own value taken as zeros, and of a request whose authenticator depends on it that one too.
bool is_message_authentic(const RadiusPacket& packet, Bytes value, std::string_view secret) {
	const Bytes bytes = packet.bytes;
	const auto begin = static_cast<std::size_t>(value.data() - bytes.data());
	const Bytes authenticator = packet.code == RadiusCode::accounting_request ? Bytes(zeros) : packet.authenticator();
	const Digest expected = hmac_of({bytes.first(4), authenticator, bytes.subspan(radius_header_size, begin - radius_header_size),
	                                 zeros, bytes.subspan(begin + value.size())},
	                                secret);
	return is_same(value, expected);
}

tl::unexpected<Error> malformed(std::string why) { return fail(ErrorKind::bad_input, "no RADIUS packet: " + std::move(why)); }

} // namespace

Result<RadiusPacket> read_radius(std::span<const std::uint8_t> datagram) {
	if (datagram.size() < radius_header_size)
		return malformed(fmt::format("it has {} bytes, the header alone has {}", datagram.size(), radius_header_size));
	const std::size_t length = static_cast<std::size_t>(datagram[2] << 8U | datagram[3]);
	if (length < radius_header_size || length > longest_radius_packet || length > datagram.size())
		return malformed(fmt::format("it says that it has {} bytes, and {} came", length, datagram.size()));
	RadiusPacket packet{static_cast<RadiusCode>(datagram[0]), datagram[1], datagram.first(length)};
	if (packet.code != RadiusCode::accounting_request && packet.code != RadiusCode::status_server)
		return malformed(fmt::format("its code is {}, expected {} (Accounting-Request)", datagram[0],
		                             static_cast<unsigned>(RadiusCode::accounting_request)));
	for (Bytes rest = packet.attributes(); !rest.empty(); rest = rest.subspan(rest[1]))
		if (rest.size() < 2 || rest[1] < 2 || rest[1] > rest.size())
			return malformed(fmt::format("its attribute {} does not end within it", rest[0]));
	return packet;
}

void each_radius_attribute(const RadiusPacket& packet, const std::function<void(std::uint8_t, std::span<const std::uint8_t>)>& visit) {
	for (Bytes rest = packet.attributes(); !rest.empty(); rest = rest.subspan(rest[1])) visit(rest[0], rest.subspan(2, rest[1] - 2U));
}

bool is_authentic(const RadiusPacket& packet, std::string_view secret) {
	if (secret.empty()) return false;
	const bool is_request = packet.code == RadiusCode::accounting_request;
	if (is_request &&
	    !is_same(packet.authenticator(), md5_of({packet.bytes.first(4), zeros, packet.attributes(), bytes_of(secret)})))
		return false;
	std::optional<Bytes> found;
	bool is_twice = false;
	each_radius_attribute(packet, [&](std::uint8_t type, Bytes value) {
		if (type != message_authenticator) return;
		is_twice = found.has_value();
		found = value;
	});
	if (!found) return is_request;
	return !is_twice && found->size() == MD5_DIGEST_SIZE && is_message_authentic(packet, *found, secret);
}

std::vector<std::uint8_t> spell_radius_answer(const RadiusPacket& request, std::string_view secret) {
	std::vector<std::uint8_t> out(radius_header_size);
	out[0] = static_cast<std::uint8_t>(RadiusCode::accounting_response);
	out[1] = request.identifier;
	each_radius_attribute(request, [&](std::uint8_t type, Bytes value) {
		if (type != proxy_state) return;
		out.push_back(type);
		out.push_back(static_cast<std::uint8_t>(value.size() + 2));
		out.insert(out.end(), value.begin(), value.end());
	});
	out[2] = static_cast<std::uint8_t>(out.size() >> 8U);
	out[3] = static_cast<std::uint8_t>(out.size());
	const Bytes all = out;
	const Digest digest =
	    md5_of({all.first(4), request.authenticator(), all.subspan(radius_header_size), bytes_of(secret)});
	std::copy(digest.begin(), digest.end(), out.begin() + 4);
	return out;
}

} // namespace gate25
