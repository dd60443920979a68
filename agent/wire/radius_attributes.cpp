// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/radius_attributes.h"

#include "core/subscriber_key.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace gate25 {
namespace {

using Bytes = std::span<const std::uint8_t>;

// RFC 2865 5, RFC 2866 5, RFC 2869 5, RFC 3162 2, RFC 4372 2.2, RFC 4818 3, RFC 6911 3.1
enum Type : std::uint8_t {
	user_name = 1,
	nas_ip_address = 4,
	framed_ip_address = 8,
	class_type = 25,
	calling_station_id = 31,
	nas_identifier = 32,
	acct_status_type = 40,
	acct_delay_time = 41,
	acct_session_id = 44,
	event_timestamp = 55,
	chargeable_user_identity = 89,
	nas_ipv6_address = 95,
	framed_ipv6_prefix = 97,
	delegated_ipv6_prefix = 123,
	framed_ipv6_address = 168
};

constexpr std::size_t shortest_ipv6_prefix = 2, longest_ipv6_prefix = 18;

std::uint8_t type_of(RadiusName name) {
	switch (name) {
	case RadiusName::user_name: return user_name;
	case RadiusName::class_: return class_type;
	case RadiusName::calling_station_id: return calling_station_id;
	case RadiusName::chargeable_user_identity: return chargeable_user_identity;
	}
	return user_name;
}

std::string text_of(Bytes value) { return {value.begin(), value.end()}; }

class AccountReader {
public:
	explicit AccountReader(RadiusName name) : name_type_(type_of(name)) {}
	void take(std::uint8_t type, Bytes value);
	Result<RadiusAccount> finish();

private:
	void take_name(Bytes value);
	void take_server(std::uint8_t type, Bytes value);
	void take_address(std::uint8_t type, Bytes value);
	void take_prefix(std::uint8_t type, Bytes value);
	void add(const Prefix& prefix);
	bool has_size(std::uint8_t type, Bytes value, std::size_t size);
	std::uint32_t number(std::uint8_t type, Bytes value);
	void object(std::string why) { if (problem_.empty()) problem_ = std::move(why); }

	std::uint8_t name_type_;
	RadiusAccount account_;
	std::array<Bytes, 3> server_; // in the packet; in this order, whatever theirs is there
	bool has_status_ = false;
	std::string problem_;
};

void AccountReader::take(std::uint8_t type, Bytes value) {
	if (type == name_type_) take_name(value);
	switch (type) {
	case acct_status_type:
		account_.status = static_cast<RadiusStatus>(number(type, value));
		has_status_ = true;
		break;
	case acct_delay_time: account_.delay = Seconds{number(type, value)}; break;
	case event_timestamp: account_.event = UnixTime{Seconds{number(type, value)}}; break;
	case acct_session_id: account_.session = text_of(value); break;
	case nas_ip_address:
	case nas_ipv6_address:
	case nas_identifier: take_server(type, value); break;
	case framed_ip_address:
	case framed_ipv6_address: take_address(type, value); break;
	case framed_ipv6_prefix:
	case delegated_ipv6_prefix: take_prefix(type, value); break;
	default: break;
	}
}

// Of several, which only Class may be, the first.
void AccountReader::take_name(Bytes value) {
	if (!account_.subscriber.empty() || value.empty()) return;
	const std::string text = text_of(value);
	const bool may_be_any = name_type_ == class_type || name_type_ == chargeable_user_identity;
	if (name_type_ == chargeable_user_identity && text == std::string(1, '\0')) return; // only asks for one (RFC 4372 2.1)
	auto read = parse_subscriber_id(text);
	if (read) account_.subscriber = std::move(*read);
	else if (may_be_any && 2 + 2 * text.size() <= longest_subscriber_id) account_.subscriber = fmt::format("0x{:02x}", fmt::join(value, ""));
	else object(read.error().text);
}

void AccountReader::take_server(std::uint8_t type, Bytes value) {
	if (type == nas_ip_address && !has_size(type, value, 4)) return;
	if (type == nas_ipv6_address && !has_size(type, value, 16)) return;
	server_[type == nas_ip_address ? 0 : type == nas_ipv6_address ? 1 : 2] = value;
}

void AccountReader::take_address(std::uint8_t type, Bytes value) {
	if (!has_size(type, value, type == framed_ip_address ? 4 : 16)) return;
	const Address address = Address::from_bytes(value);
	const bool is_none = std::all_of(value.begin(), value.end(), [](std::uint8_t byte) { return byte == 0; });
	// "The user may choose" and "the server shall choose" (RFC 2865 5.8).
	const bool is_choice = type == framed_ip_address && address >= Address::ipv4(0xfffffffe);
	if (!is_none && !is_choice) add(Prefix::host(address));
}

void AccountReader::take_prefix(std::uint8_t type, Bytes value) {
	if (value.size() < shortest_ipv6_prefix || value.size() > longest_ipv6_prefix)
		return object(fmt::format("its attribute {} has {} bytes, expected {} to {}", type, value.size(), shortest_ipv6_prefix,
		                          longest_ipv6_prefix));
	const unsigned length = value[1];
	if (length == 0 || length > 128) return object(fmt::format("its attribute {} has a prefix length of {}, expected 1 to 128", type, length));
	std::array<std::uint8_t, 16> bytes{}; // what is left out is zero
	std::copy(value.begin() + 2, value.end(), bytes.begin());
	const Address address = Address::from_bytes(bytes);
	if (address.family() != Family::ipv6) return object(fmt::format("its attribute {} is an IPv4 address in IPv6", type));
	add(Prefix::of(address, length));
}

void AccountReader::add(const Prefix& prefix) {
	auto& all = account_.prefixes;
	if (std::find(all.begin(), all.end(), prefix) == all.end()) all.push_back(prefix);
}

bool AccountReader::has_size(std::uint8_t type, Bytes value, std::size_t size) {
	if (value.size() == size) return true;
	object(fmt::format("its attribute {} has {} bytes, expected {}", type, value.size(), size));
	return false;
}

std::uint32_t AccountReader::number(std::uint8_t type, Bytes value) {
	if (!has_size(type, value, 4)) return 0;
	return std::uint32_t{value[0]} << 24U | std::uint32_t{value[1]} << 16U | std::uint32_t{value[2]} << 8U | value[3];
}

Result<RadiusAccount> AccountReader::finish() {
	const RadiusStatus status = account_.status;
	const bool is_of_session = status == RadiusStatus::start || status == RadiusStatus::stop || status == RadiusStatus::interim;
	if (problem_.empty() && !has_status_) problem_ = "it has no Acct-Status-Type";
	if (problem_.empty() && is_of_session && account_.session.empty()) problem_ = "it has no Acct-Session-Id";
	if (!problem_.empty()) return fail(ErrorKind::bad_input, "no record of accounting: " + problem_);
	const bool is_named = std::any_of(server_.begin(), server_.end(), [](Bytes name) { return !name.empty(); });
	for (const Bytes name : server_)
		if (is_named) account_.access_server += static_cast<char>(name.size()) + text_of(name);
	return std::move(account_);
}

} // namespace

Result<RadiusAccount> read_radius_account(const RadiusPacket& packet, RadiusName name) {
	AccountReader reader(name);
	each_radius_attribute(packet, [&](std::uint8_t type, Bytes value) { reader.take(type, value); });
	return reader.finish();
}

} // namespace gate25
