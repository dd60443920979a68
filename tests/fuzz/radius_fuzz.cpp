// SPDX-License-Identifier: GPL-2.0-or-later
//
// RADIUS accounting: whatever comes, what is read lies within the packet, prefixes are prefixes and names are names; and
// nothing is authentic by chance.
#include "fuzz.h"

#include "core/subscriber_key.h"
#include "wire/radius_attributes.h"

#include <string>

using namespace gate25;

namespace {

void check_account(const RadiusPacket& packet, RadiusName name) {
	const auto account = read_radius_account(packet, name);
	if (!account) return fuzz::check_utf8(account.error().text);
	fuzz::require(account->subscriber.empty() || parse_subscriber_id(account->subscriber).has_value(), "a name or none");
	fuzz::require(account->session.size() <= 253, "a bounded session");
	fuzz::require(account->delay >= Seconds{0}, "a delay");
	for (const Prefix& prefix : account->prefixes) {
		fuzz::require(prefix.length() >= 1 && prefix.length() <= address_bits(prefix.family()), "a length");
		fuzz::require(Prefix::of(prefix.address(), prefix.length()) == prefix, "no bits behind it");
		fuzz::require(Prefix::parse(prefix.text()).has_value(), "a prefix that can be written");
	}
}

void check_answer(const RadiusPacket& packet) {
	const auto answer = spell_radius_answer(packet, "a secret");
	fuzz::require(answer.size() >= radius_header_size && answer.size() <= packet.bytes.size(), "an answer no longer than its question");
	fuzz::require(answer[1] == packet.identifier, "its identifier");
	fuzz::require(static_cast<std::size_t>(answer[2] << 8U | answer[3]) == answer.size(), "its length");
	fuzz::require(!read_radius(answer), "no request");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	const auto packet = read_radius({data, size});
	if (!packet) {
		fuzz::check_utf8(packet.error().text);
		return 0;
	}
	fuzz::require(packet->bytes.size() >= radius_header_size && packet->bytes.size() <= size, "within what came");
	fuzz::require(packet->bytes.size() <= longest_radius_packet, "a bounded packet");
	fuzz::require(!is_authentic(*packet, "a secret that no input was made with"), "not authentic by chance");
	for (const RadiusName name :
	     {RadiusName::user_name, RadiusName::class_, RadiusName::calling_station_id, RadiusName::chargeable_user_identity})
		check_account(*packet, name);
	check_answer(*packet);
	return 0;
}
