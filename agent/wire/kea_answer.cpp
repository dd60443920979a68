// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/kea_answer.h"

#include "core/text.h"
#include "wire/kea_lease.h"
#include "wire/lease_fields.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace gate25 {
namespace {

namespace json = boost::json;
constexpr std::size_t deepest = 16; // of a page; a user context is a guest's text
constexpr std::int64_t result_done = 0, result_unknown_command = 2, result_empty = 3;

tl::unexpected<Error> objection(std::string text) {
	return fail(ErrorKind::bad_input, std::move(text));
}

std::string_view text_of(const json::object& object, std::string_view key) {
	const json::value* value = object.if_contains(json::string_view(key.data(), key.size()));
	if (value == nullptr || !value->is_string()) return {};
	return {value->get_string().data(), value->get_string().size()};
}

std::optional<std::uint64_t> number_of(const json::object& object, std::string_view key) {
	const json::value* value = object.if_contains(json::string_view(key.data(), key.size()));
	boost::system::error_code error;
	if (value == nullptr || !value->is_number()) return std::nullopt;
	const auto number = value->to_number<std::uint64_t>(error);
	return error ? std::nullopt : std::optional(number);
}

Result<Prefix> prefix_of(const json::object& object, Family family, const Address& address) {
	if (address.family() != family) return objection(address.text() + " is not of the family of this server");
	if (text_of(object, "type") != "IA_PD") return Prefix::host(address);
	const auto length = number_of(object, "prefix-len");
	if (!length || *length == 0 || *length > address_bits(family)) return objection("a prefix-len of 1 to 128 is missing at " + address.text());
	const Prefix prefix = Prefix::of(address, static_cast<unsigned>(*length));
	if (prefix.address() != address) return objection(fmt::format("{} has bits behind the prefix of length {}", address.text(), *length));
	return prefix;
}

void take_name(Lease& lease, const json::object& object, LeaseName name) {
	const json::value* context = object.if_contains("user-context");
	if (context != nullptr && context->is_object())
		if (const auto own = text_of(context->get_object(), "subscriber"); !own.empty() && leases::name(lease, own)) return;
	const auto id = text_of(object, lease.prefix.family() == Family::ipv4 ? "client-id" : "duid");
	leases::name(lease, {text_of(object, "hw-address"), id, text_of(object, "hostname")}, name);
}

Result<Lease> read_lease(const json::object& object, Family family, const Address& address, LeaseName name) {
	const auto prefix = prefix_of(object, family, address);
	if (!prefix) return fail(prefix.error());
	const auto began = number_of(object, "cltt"), valid = number_of(object, "valid-lft"), number = number_of(object, "state");
	if (!began || !valid || !number || *began > leases::last_time || *valid > kea_infinite)
		return objection("cltt, valid-lft and state must be numbers that fit, at " + address.text());
	const auto state = kea_state(*number, *valid);
	if (!state) return objection(fmt::format("the state of a lease is a number from 0 to 4, got {} at {}", *number, address.text()));
	Lease lease;
	lease.prefix = *prefix;
	lease.state = *state;
	lease.at = leases::time_of(*began);
	if (*state == Lease::State::free) {
		lease.at = leases::time_of(*began + *valid);
		return lease;
	}
	if (*valid != kea_infinite) lease.until = leases::time_of(*began + *valid);
	take_name(lease, object, name);
	return lease;
}

void add(KeaPage& page, const json::value& value, Family family, LeaseName name) {
	++page.count;
	const auto bad = [&](const std::string& why) {
		if (page.bad++ == 0) page.problem = why;
	};
	if (!value.is_object()) return bad("a lease of the answer is no object");
	const auto address = Address::parse(text_of(value.get_object(), "ip-address"));
	if (!address) return bad(address.error().text);
	if (!page.last || *page.last < *address) page.last = *address;
	auto lease = read_lease(value.get_object(), family, *address, name);
	if (!lease) return bad(lease.error().text);
	page.leases.push_back(std::move(*lease));
}

} // namespace

std::string kea_family_command() {
	return R"({"command":"config-get"})";
}

// The name of the server is the first key of its configuration, which may have megabytes that nobody needs to read.
Result<Family> read_kea_family(std::string_view answer) {
	const auto v4 = answer.find("\"Dhcp4\""), v6 = answer.find("\"Dhcp6\"");
	if (v4 != answer.npos || v6 != answer.npos) return v4 < v6 ? Family::ipv4 : Family::ipv6;
	return objection("expected Kea's configuration with Dhcp4 or Dhcp6, got " + quoted(answer));
}

std::string kea_page_command(Family family, const std::optional<Address>& from, unsigned limit) {
	return fmt::format(R"({{"command":"lease{}-get-page","arguments":{{"from":"{}","limit":{}}}}})", family == Family::ipv4 ? 4 : 6,
	                   from ? from->text() : "start", limit);
}

Result<KeaPage> read_kea_page(std::string_view answer, Family family, LeaseName name) {
	json::parse_options options;
	options.max_depth = deepest;
	boost::system::error_code error;
	const json::value value = json::parse(json::string_view(answer.data(), answer.size()), error, {}, options);
	if (error || !value.is_object()) return objection("expected a page of leases from Kea as a JSON object, got " + quoted(answer));
	const json::object& object = value.get_object();
	const json::value* result = object.if_contains("result");
	if (result == nullptr || !result->is_int64()) return objection("Kea's answer has no result: " + quoted(answer));
	KeaPage page;
	if (result->get_int64() == result_empty) return page;
	const std::string_view hint = result->get_int64() == result_unknown_command ? "; it needs the hook libdhcp_lease_cmds.so, see gate25-leases(7)" : "";
	if (result->get_int64() != result_done) return objection("Kea refuses to show its leases: " + quoted(text_of(object, "text")) + std::string(hint));
	const json::value* arguments = object.if_contains("arguments");
	const json::value* list = arguments != nullptr && arguments->is_object() ? arguments->get_object().if_contains("leases") : nullptr;
	if (list == nullptr || !list->is_array()) return objection("Kea's answer has no leases: " + quoted(answer));
	for (const json::value& each : list->get_array()) add(page, each, family, name);
	return page;
}

} // namespace gate25
