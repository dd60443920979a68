// SPDX-License-Identifier: GPL-2.0-or-later
//
// Text to addresses, strictly. inet_pton() is close, but says only "no"; the operator wants to know why.
#include "core/address.h"
#include "core/text.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace gate25 {

namespace {

constexpr unsigned mapped_length = 96; // ::ffff:0:0/96

// Why a text is no address; nullptr: it is one.
using Reason = const char*;

constexpr bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

int hex_digit(char c) {
	if (is_digit(c)) return c - '0';
	if (c >= 'a' && c <= 'f') return c - 'a' + 10;
	if (c >= 'A' && c <= 'F') return c - 'A' + 10;
	return -1;
}

// Cuts the text up to the separator (or all of it) off the front.
std::string_view cut(std::string_view& rest, char separator) {
	const std::size_t end = std::min(rest.find(separator), rest.size());
	const std::string_view part = rest.substr(0, end);
	rest.remove_prefix(std::min(end + 1, rest.size()));
	return part;
}

std::optional<unsigned> small_number(std::string_view text, unsigned most) {
	if (text.empty() || text.size() > 3) return std::nullopt;
	unsigned value = 0;
	for (const char c : text) {
		if (!is_digit(c)) return std::nullopt;
		value = value * 10 + static_cast<unsigned>(c - '0');
	}
	return value <= most ? std::optional(value) : std::nullopt;
}

Reason read_ipv4(std::string_view text, std::span<std::uint8_t, 4> out) {
	if (std::count(text.begin(), text.end(), '.') != 3) return "an IPv4 address has four numbers";
	for (std::uint8_t& byte : out) {
		const std::string_view part = cut(text, '.');
		const auto value = small_number(part, 255);
		if (!value) return "each number of an IPv4 address is 0 to 255";
		// Some programs read 010 as 8: whoever writes it means one of two addresses.
		if (part.size() > 1 && part.front() == '0') return "a leading zero is ambiguous";
		byte = static_cast<std::uint8_t>(*value);
	}
	return nullptr;
}

// One side of "::". Filled from the front.
struct Half {
	std::array<std::uint8_t, 16> bytes{};
	std::size_t size = 0;
};

Reason read_group(std::string_view part, Half& out) {
	if (part.empty()) return "an empty group; \"::\" may stand once";
	if (part.size() > 4) return "a group of an IPv6 address has at most four hexadecimal digits";
	unsigned value = 0;
	for (const char c : part) {
		const int digit = hex_digit(c);
		if (digit < 0) return "a group of an IPv6 address has only hexadecimal digits";
		value = value << 4U | static_cast<unsigned>(digit);
	}
	if (out.size + 2 > out.bytes.size()) return "an IPv6 address has eight groups";
	out.bytes[out.size++] = static_cast<std::uint8_t>(value >> 8U);
	out.bytes[out.size++] = static_cast<std::uint8_t>(value);
	return nullptr;
}

Reason read_tail(std::string_view part, Half& out) {
	if (out.size + 4 > out.bytes.size()) return "an IPv6 address has eight groups";
	const Reason reason = read_ipv4(part, std::span(out.bytes).subspan(out.size).first<4>());
	out.size += 4;
	return reason;
}

// Groups between colons; the last part may be a dotted IPv4 address when `may_be_dotted`.
Reason read_half(std::string_view text, bool may_be_dotted, Half& out) {
	if (text.empty()) return nullptr;
	if (text.back() == ':') return "an empty group; \"::\" may stand once";
	while (!text.empty()) {
		const std::string_view part = cut(text, ':');
		const bool is_dotted = may_be_dotted && text.empty() && part.find('.') != part.npos;
		if (const Reason reason = is_dotted ? read_tail(part, out) : read_group(part, out)) return reason;
	}
	return nullptr;
}

Reason read_ipv6(std::string_view text, std::array<std::uint8_t, 16>& out) {
	Half front;
	Half back;
	const std::size_t gap = text.find("::");
	const bool has_gap = gap != text.npos;
	if (const Reason reason = read_half(text.substr(0, gap), !has_gap, front)) return reason;
	if (has_gap)
		if (const Reason reason = read_half(text.substr(gap + 2), true, back)) return reason;
	const std::size_t size = front.size + back.size;
	if (has_gap ? size > 14 : size != 16) return "an IPv6 address has eight groups";
	out = front.bytes;
	std::copy_n(back.bytes.begin(), back.size, out.end() - static_cast<std::ptrdiff_t>(back.size));
	return nullptr;
}

Error not_an_address(std::string_view what, std::string_view text, std::string_view reason) {
	return {ErrorKind::bad_input,
	        "expected " + std::string(what) + ", got " + quoted(text) + ": " + std::string(reason)};
}

Reason why_hopeless(std::string_view text) {
	if (text.empty()) return "it is empty";
	if (text.size() > 64) return "it is too long";
	if (text.find_first_of(" \t\r\n") != text.npos) return "no space may stand in it";
	if (text.find('%') != text.npos) return "a zone (%...) has no meaning here";
	if (text.find('[') != text.npos) return "write it without brackets";
	return nullptr;
}

struct Parsed {
	Address address;
	bool was_mapped = false;
};

tl::expected<Parsed, Reason> read_address(std::string_view text) {
	if (const Reason reason = why_hopeless(text)) return tl::unexpected(reason);
	if (text.find('/') != text.npos) return tl::unexpected<Reason>("a prefix cannot stand here");
	std::array<std::uint8_t, 16> bytes{};
	if (text.find(':') == text.npos) {
		if (const Reason reason = read_ipv4(text, std::span(bytes).first<4>())) return tl::unexpected(reason);
		return Parsed{Address::from_bytes(std::span(bytes).first<4>()), false};
	}
	if (const Reason reason = read_ipv6(text, bytes)) return tl::unexpected(reason);
	const Address address = Address::from_bytes(bytes);
	return Parsed{address, address.family() == Family::ipv4};
}

constexpr std::string_view expected_address = "an IPv4 or IPv6 address";
constexpr std::string_view expected_prefix = "an address or a prefix";

// The length as written, counted for the family the address now has.
tl::expected<unsigned, std::string> read_length(std::string_view text, const Parsed& parsed) {
	const unsigned offset = parsed.was_mapped ? mapped_length : 0;
	const unsigned most = address_bits(parsed.address.family()) + offset;
	const auto length = small_number(text, most);
	if (!length || (text.size() > 1 && text.front() == '0'))
		return tl::unexpected("the length after \"/\" is a number from 0 to " + std::to_string(most));
	if (*length < offset) return tl::unexpected(std::string("an IPv4-mapped prefix is at least 96 long"));
	return *length - offset;
}

} // namespace

Result<Address> Address::parse(std::string_view text) {
	const auto parsed = read_address(text);
	if (!parsed) return fail(not_an_address(expected_address, text, parsed.error()));
	return parsed->address;
}

Result<Prefix> Prefix::parse(std::string_view text) {
	const std::size_t slash = text.find('/');
	const auto parsed = read_address(text.substr(0, slash));
	if (!parsed) return fail(not_an_address(expected_prefix, text, parsed.error()));
	if (slash == text.npos) return Prefix::host(parsed->address);
	const auto length = read_length(text.substr(slash + 1), *parsed);
	if (!length) return fail(not_an_address(expected_prefix, text, length.error()));
	const Prefix prefix = Prefix::of(parsed->address, *length);
	if (prefix.address() != parsed->address)
		return fail(not_an_address(expected_prefix, text,
		                           "bits are set after the first " + std::to_string(*length) + "; " +
		                               prefix.text() + " is the prefix, " + parsed->address.text() +
		                               " the address"));
	return prefix;
}

} // namespace gate25
