// SPDX-License-Identifier: GPL-2.0-or-later
//
// The bytes of a packet on an Ethernet link, both ways.
#pragma once

#include "core/policy.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gate25::compare {

using Bytes = std::vector<std::uint8_t>;
using Mac = std::array<std::uint8_t, 6>;

inline constexpr std::uint8_t protocol_icmp = 1;
inline constexpr std::uint8_t protocol_udp = 17;
inline constexpr std::uint8_t protocol_icmp6 = 58;

inline constexpr std::uint8_t flag_fin = 0x01;
inline constexpr std::uint8_t flag_syn = 0x02;
inline constexpr std::uint8_t flag_rst = 0x04;
inline constexpr std::uint8_t flag_ack = 0x10;

inline constexpr std::uint8_t sent_hops = 64;

// What stands between the IP header and the payload: nothing must slip through by dressing up.
enum class Dress : std::uint8_t { plain, options, atomic_fragment };

struct Frame {
	Packet packet;
	std::uint8_t flags = 0; // TCP
	Dress dress = Dress::plain;
	std::uint32_t id = 0; // in the payload; 0 in answers of the router, which have none
	std::uint8_t hops = sent_hops;
	bool has_good_sum = true; // of TCP or UDP; as received
	std::string text() const;
};

Bytes bytes_of(const Frame& frame, const Mac& from, const Mac& to);
// nullopt: not IP, or to a group (the kernel's own neighbour talk).
std::optional<Frame> parse_frame(std::span<const std::uint8_t> bytes);

} // namespace gate25::compare
