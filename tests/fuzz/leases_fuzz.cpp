// SPDX-License-Identifier: GPL-2.0-or-later
//
// The first byte chooses the format, the rest is a file or an answer of it.
#include "fuzz.h"

#include "core/subscriber_key.h"
#include "wire/kea_answer.h"
#include "wire/lease_reader.h"

using namespace gate25;

namespace {

void check(const Lease& lease, bool is_list) {
	if (lease.state == Lease::State::held) fuzz::require(parse_subscriber_id(lease.subscriber).has_value(), "whoever holds something has a name that can be one");
	else fuzz::require(lease.subscriber.empty(), "what is free names nobody");
	fuzz::require(Prefix::of(lease.prefix.address(), lease.prefix.length()) == lease.prefix, "a prefix has no bits behind it");
	fuzz::require(lease.ports.is_whole() || (is_list && lease.prefix.family() == Family::ipv4), "only lists have ports, for IPv4");
	fuzz::require(lease.ports.first <= lease.ports.last, "ports are a range");
	fuzz::require(!lease.at || !lease.until || *lease.at <= *lease.until, "nothing ends before it begins");
}

void read_file(LeaseKind kind, LeaseName name, std::string_view text) {
	const auto reader = lease_reader(kind, name);
	reader->begin();
	while (!text.empty()) {
		const auto end = text.find('\n');
		const auto lease = reader->read(text.substr(0, end));
		if (!lease) fuzz::check_utf8(lease.error().text);
		else if (*lease) check(**lease, kind == LeaseKind::csv);
		text.remove_prefix(end == text.npos ? text.size() : end + 1);
	}
}

void read_answer(Family family, LeaseName name, std::string_view text) {
	const auto page = read_kea_page(text, family, name);
	if (!page) return fuzz::check_utf8(page.error().text);
	fuzz::check_utf8(page->problem);
	fuzz::require(page->leases.size() + page->bad == page->count, "each lease of a page is good or bad");
	for (const Lease& lease : page->leases) {
		check(lease, false);
		fuzz::require(lease.prefix.family() == family, "a server has leases of its family");
		fuzz::require(page->last && lease.prefix.address() <= *page->last, "the last one is the highest");
	}
	(void)read_kea_family(text);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	if (size == 0) return 0;
	const auto name = static_cast<LeaseName>(data[0] / 8 % 3);
	const std::string_view text = fuzz::text_of(data + 1, size - 1);
	switch (data[0] % 5) {
	case 0: read_file(LeaseKind::kea_file, name, text); break;
	case 1: read_file(LeaseKind::dnsmasq, name, text); break;
	case 2: read_file(LeaseKind::csv, name, text); break;
	case 3: read_answer(Family::ipv4, name, text); break;
	default: read_answer(Family::ipv6, name, text); break;
	}
	return 0;
}
