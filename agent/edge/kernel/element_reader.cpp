// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/element_reader.h"

#include "core/handle.h"

#include <cerrno>
#include <libnftnl/set.h>
#include <linux/netfilter/nf_tables.h>
#include <memory>

namespace gate25 {
namespace {

constexpr unsigned most_tries = 20;

using Set = std::unique_ptr<nftnl_set, Deleter<nftnl_set_free>>;
using Iterator = std::unique_ptr<nftnl_set_elems_iter, Deleter<nftnl_set_elems_iter_destroy>>;

void take_element(nftnl_set_elem* element, const DecisionSet& set, std::vector<FoundElement>& found) {
	std::uint32_t size = 0;
	const auto* key = static_cast<const std::uint8_t*>(nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &size));
	if (key == nullptr || size != address_bits(set.family) / 8) return;
	FoundElement one{set, Address::from_bytes({key, size}), std::nullopt};
	if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_EXPIRATION))
		one.left = Milliseconds(nftnl_set_elem_get_u64(element, NFTNL_SET_ELEM_EXPIRATION));
	found.push_back(one);
}

void take_message(const nlmsghdr* message, const DecisionSet& set, std::vector<FoundElement>& found) {
	const Set piece(nftnl_set_alloc());
	if (!piece || nftnl_set_elems_nlmsg_parse(message, piece.get()) < 0) return;
	const Iterator elements(nftnl_set_elems_iter_create(piece.get()));
	if (!elements) return;
	for (auto* element = nftnl_set_elems_iter_next(elements.get()); element != nullptr;
	     element = nftnl_set_elems_iter_next(elements.get()))
		take_element(element, set, found);
}

Result<void> read_set(Netlink& netlink, const DecisionSet& set, std::vector<FoundElement>& found) {
	const std::size_t before = found.size();
	Result<void> read;
	for (unsigned i = 0; i < most_tries; ++i) {
		found.resize(before);
		read = netlink.dump_elements(set.name(), [&](const nlmsghdr* message) { take_message(message, set, found); });
		if (read) return read;
		if (read.error().saved_errno == ENOENT) return {};
		if (read.error().saved_errno != EINTR) return read;
	}
	return read;
}

} // namespace

Result<std::vector<FoundElement>> read_elements(Netlink& netlink, const std::vector<DecisionSet>& sets) {
	std::vector<FoundElement> found;
	for (const DecisionSet& set : sets)
		if (auto read = read_set(netlink, set, found); !read) return fail(read.error());
	return found;
}

} // namespace gate25
