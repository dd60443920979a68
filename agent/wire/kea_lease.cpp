// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/kea_lease.h"

#include "core/text.h"
#include "wire/lease_fields.h"

#include <boost/json/parse.hpp>

namespace gate25 {
namespace {

constexpr std::uint64_t is_temporary = 1, is_delegated = 2; // lease_type; 0: a single address

tl::unexpected<Error> objection(std::string text) {
	return fail(ErrorKind::bad_input, std::move(text));
}

// Kea writes what would break a line as "&#x2c".
std::string unescaped(std::string_view text) {
	std::string out;
	for (std::size_t i = 0; i < text.size(); ++i) {
		const auto digit = [&](std::size_t at) {
			const char c = text[at];
			return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
		};
		if (text.substr(i).starts_with("&#x") && i + 4 < text.size() && digit(i + 3) >= 0 && digit(i + 4) >= 0) {
			out += static_cast<char>(digit(i + 3) * 16 + digit(i + 4));
			i += 4;
		} else {
			out += text[i];
		}
	}
	return out;
}

} // namespace

std::optional<Lease::State> kea_state(std::uint64_t state, std::uint64_t valid_lifetime) {
	constexpr std::uint64_t assigned = 0, declined = 1, reclaimed = 2, released = 3, registered = 4;
	if (state > registered) return std::nullopt;
	if (state == declined || state == reclaimed || state == released) return Lease::State::free;
	static_assert(assigned == 0);
	return valid_lifetime == 0 ? Lease::State::free : Lease::State::held; // that is how a deleted one is written
}

std::string kea_context_name(std::string_view json) {
	if (json.find("\"subscriber\"") == json.npos) return {};
	boost::json::parse_options options;
	options.max_depth = 16;
	boost::system::error_code error;
	const boost::json::value value = boost::json::parse(boost::json::string_view(json.data(), json.size()), error, {}, options);
	if (error || !value.is_object()) return {};
	const boost::json::value* name = value.get_object().if_contains("subscriber");
	if (name == nullptr || !name->is_string()) return {};
	return {name->get_string().data(), name->get_string().size()};
}

Result<void> KeaLeaseReader::read_header(std::string_view line) {
	static constexpr std::array<std::string_view, column_count> names{"address",    "hwaddr",     "client_id", "duid",  "valid_lifetime", "expire",
	                                                                  "lease_type", "prefix_len", "hostname",  "state", "user_context"};
	at_.fill(absent);
	const leases::Split titles = leases::split(line, ',');
	if (titles.size > titles.all.size()) return objection("the header has more columns than any of Kea: " + quoted(line));
	for (std::size_t i = 0; i < titles.size; ++i)
		for (std::size_t column = 0; column < names.size(); ++column)
			if (titles.all[i] == names[column]) at_[column] = i;
	family_ = at_[duid] == absent ? Family::ipv4 : Family::ipv6;
	width_ = titles.size;
	for (const Column needed : {address, valid_lifetime, expire, state, hwaddr, hostname})
		if (at_[needed] == absent) return objection("a header with the column " + std::string(names[needed]) + " was expected, got " + quoted(line));
	for (const Column needed : {duid, lease_type, prefix_len})
		if (family_ == Family::ipv6 && at_[needed] == absent) return objection("the header has duid, but no " + std::string(names[needed]));
	if (family_ == Family::ipv4 && at_[client_id] == absent) return objection("the header has neither client_id nor duid: " + quoted(line));
	has_header_ = true;
	return {};
}

Result<Prefix> KeaLeaseReader::read_prefix(std::string_view text, std::string_view type, std::string_view length) const {
	const auto found = Address::parse(text);
	if (!found) return fail(found.error());
	if (found->family() != family_) return objection(quoted(text) + " is of the other family than the columns of the file");
	if (family_ == Family::ipv4) return Prefix::host(*found);
	const auto kind = leases::parse_number(type), bits = leases::parse_number(length);
	if (!kind || *kind > is_delegated || !bits || *bits == 0 || *bits > 128)
		return objection("a lease_type of 0 to " + std::to_string(is_delegated) + " and a prefix_len of 1 to 128 were expected, got " + quoted(type) +
		                 " and " + quoted(length));
	static_assert(is_temporary < is_delegated);
	const Prefix prefix = *kind == is_delegated ? Prefix::of(*found, static_cast<unsigned>(*bits)) : Prefix::host(*found);
	if (prefix.address() != *found) return objection(quoted(text) + " has bits behind the prefix of length " + std::string(length));
	return prefix;
}

Result<std::optional<Lease>> KeaLeaseReader::read(std::string_view line) {
	if (line.empty()) return std::optional<Lease>();
	if (!has_header_ || line.starts_with("address,")) {
		has_header_ = false;
		if (auto header = read_header(line); !header) return fail(header.error());
		return std::optional<Lease>();
	}
	const leases::Split fields = leases::split(line, ',');
	if (fields.size != width_)
		return objection("a line of " + std::to_string(width_) + " fields was expected, got " + std::to_string(fields.size) + ": " + quoted(line));
	const auto field = [&](Column column) { return at_[column] == absent ? std::string_view() : fields.all[at_[column]]; };
	Lease lease;
	const auto prefix = read_prefix(field(address), field(lease_type), field(prefix_len));
	if (!prefix) return fail(prefix.error());
	lease.prefix = *prefix;
	const auto valid = leases::parse_number(field(valid_lifetime)), end = leases::parse_number(field(expire)), number = leases::parse_number(field(state));
	if (!valid || !end || !number || *valid > kea_infinite || *end > leases::last_time || *end < *valid)
		return objection("valid_lifetime, expire and state must be numbers that fit, got " + quoted(field(valid_lifetime)) + ", " +
		                 quoted(field(expire)) + ", " + quoted(field(state)));
	const auto known = kea_state(*number, *valid);
	if (!known) return objection("the state of a lease is a number from 0 to 4, got " + quoted(field(state)));
	if (*known == Lease::State::free) {
		lease.state = Lease::State::free;
		// Of one that was removed it is only known when it began.
		if (*valid != 0) lease.at = leases::time_of(*end);
		return lease;
	}
	lease.at = leases::time_of(*end - *valid);
	if (*valid != kea_infinite) lease.until = leases::time_of(*end);
	const std::string own = kea_context_name(unescaped(field(user_context)));
	const std::string host = unescaped(field(hostname));
	if (own.empty() || !leases::name(lease, own))
		leases::name(lease, {field(hwaddr), field(family_ == Family::ipv4 ? client_id : duid), host}, name_);
	return lease;
}

} // namespace gate25
