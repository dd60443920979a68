// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/lease_fields.h"

#include "core/subscriber_key.h"
#include "wire/assignment_csv.h"
#include "wire/dnsmasq_lease.h"
#include "wire/kea_lease.h"

#include <algorithm>
#include <charconv>

namespace gate25 {

std::unique_ptr<LeaseReader> lease_reader(LeaseKind kind, LeaseName name) {
	if (kind == LeaseKind::kea_file) return std::make_unique<KeaLeaseReader>(name);
	if (kind == LeaseKind::dnsmasq) return std::make_unique<DnsmasqLeaseReader>(name);
	return std::make_unique<AssignmentCsvReader>();
}

namespace leases {
namespace {

constexpr std::size_t longest_hex = 3 * 128; // RFC 8415 11.1: a DUID has at most 130 bytes

bool is_hex(char c) {
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Pairs of hex digits and colons; dnsmasq puts the type of hardware that is not Ethernet before them: "06-".
bool is_identity(std::string_view text) {
	return !text.empty() && text.size() <= longest_hex &&
	       std::all_of(text.begin(), text.end(), [](char c) { return is_hex(c) || c == ':' || c == '-'; });
}

std::string lower(std::string_view text) {
	std::string out(text);
	for (char& c : out)
		if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
	return out;
}

// "ff:11:22:33:44:00:01:.." -> "00:01:.."
std::string without_iaid(std::string id) {
	constexpr std::size_t before = 5 * 3;
	if (id.size() > before + 2 && id.starts_with("ff:") && id[before - 1] == ':') id.erase(0, before);
	return id;
}

} // namespace

Split split(std::string_view line, char separator) {
	Split fields;
	for (;;) {
		const auto end = line.find(separator);
		if (fields.size < fields.all.size()) fields.all[fields.size] = line.substr(0, end);
		++fields.size;
		if (end == line.npos) return fields;
		line.remove_prefix(end + 1);
	}
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
	std::uint64_t number = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
	if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
	return number;
}

UnixTime time_of(std::uint64_t seconds) {
	return UnixTime(Seconds(static_cast<std::int64_t>(seconds)));
}

bool name(Lease& lease, std::string_view subscriber) {
	auto id = parse_subscriber_id(subscriber);
	lease.state = id ? Lease::State::held : Lease::State::nameless;
	lease.subscriber = id ? std::move(*id) : std::string();
	return id.has_value();
}

void name(Lease& lease, const Client& client, LeaseName by) {
	lease.state = Lease::State::nameless;
	if (by == LeaseName::hostname) name(lease, client.hostname);
	else if (by == LeaseName::hw_address && is_identity(client.hw_address)) name(lease, lower(client.hw_address));
	else if (by == LeaseName::client_id && is_identity(client.client_id)) name(lease, without_iaid(lower(client.client_id)));
}

std::string_view hw_address_in(std::string_view duid) {
	constexpr std::size_t six_bytes = 6 * 3 - 1, type = 4 * 3, time = 4 * 3;
	const std::size_t before = duid.starts_with("00:01:00:01:") ? type + time : duid.starts_with("00:03:00:01:") ? type : 0;
	return before != 0 && duid.size() == before + six_bytes ? duid.substr(before) : std::string_view();
}

} // namespace leases
} // namespace gate25
