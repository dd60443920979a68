// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/element_batch.h"

#include <algorithm>
#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

namespace gate25 {
namespace {

// Element nest, key nest, 16 byte key, timeout; header, table and set name.
constexpr std::size_t element_room = 48;
constexpr std::size_t message_room = 160;
// The elements of one message share an attribute with a 16 bit length.
constexpr std::size_t most_per_message = 1000;

nlmsghdr* put_header(char* at, std::uint16_t type, std::uint16_t flags, std::uint8_t family, std::uint16_t resource,
                     std::uint32_t number) {
	nlmsghdr* header = mnl_nlmsg_put_header(at);
	header->nlmsg_type = type;
	header->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
	header->nlmsg_seq = number;
	auto* generic = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
	generic->nfgen_family = family;
	generic->version = NFNETLINK_V0;
	generic->res_id = htons(resource);
	return header;
}

void put_element(nlmsghdr* header, const ElementChange& change, bool with_timeout) {
	nlattr* element = mnl_attr_nest_start(header, NFTA_LIST_ELEM);
	nlattr* key = mnl_attr_nest_start(header, NFTA_SET_ELEM_KEY);
	const auto bytes = change.key.bytes();
	mnl_attr_put(header, NFTA_DATA_VALUE, bytes.size(), bytes.data());
	mnl_attr_nest_end(header, key);
	// An element that is only added to be deleted gets a time too: should the batch ever be cut short by a
	// kernel bug, nothing stays for ever.
	const auto timeout = change.op == ElementChange::Op::remove ? Milliseconds{60000} : change.timeout;
	if (with_timeout && timeout)
		mnl_attr_put_u64(header, NFTA_SET_ELEM_TIMEOUT, htobe64(static_cast<std::uint64_t>(timeout->count())));
	mnl_attr_nest_end(header, element);
}

unsigned messages_for(ElementChange::Op op) {
	return op == ElementChange::Op::add ? 1 : op == ElementChange::Op::remove ? 2 : 3;
}

bool is_together(const ElementChange& a, const ElementChange& b) { return a.op == b.op && a.set == b.set; }

// Neighbours that one message can carry.
std::vector<std::span<const ElementChange>> runs_of(std::span<const ElementChange> changes) {
	std::vector<std::span<const ElementChange>> runs;
	for (std::size_t at = 0; at < changes.size();) {
		std::size_t end = at + 1;
		while (end < changes.size() && end - at < most_per_message && is_together(changes[at], changes[end])) ++end;
		runs.push_back(changes.subspan(at, end - at));
		at = end;
	}
	return runs;
}

} // namespace

void sort_by_set(std::vector<ElementChange>& changes) {
	std::stable_sort(changes.begin(), changes.end(),
	                 [](const ElementChange& a, const ElementChange& b) { return a.set < b.set; });
}

ElementBatch::ElementBatch(std::span<const ElementChange> changes, std::uint32_t first_number,
                           std::span<const DecisionSet> emptied, std::span<const char* const> tables)
	: changes_(changes), tables_(tables), first_number_(first_number), number_(first_number) {
	const auto runs = runs_of(changes);
	std::size_t room = 2 * message_room + emptied.size() * tables.size() * message_room;
	for (const auto& run : runs) room += tables.size() * messages_for(run.front().op) * (message_room + run.size() * element_room);
	buffer_ = std::make_unique_for_overwrite<char[]>(room);
	nlmsghdr* begin = put_header(buffer_.get(), NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, number_);
	size_ = begin->nlmsg_len;
	for (const char* table : tables_)
		for (const DecisionSet& set : emptied) put_flush(table, set);
	for (const auto& run : runs) {
		put_messages(NFT_MSG_NEWSETELEM, run);
		if (run.front().op != ElementChange::Op::add) put_messages(NFT_MSG_DELSETELEM, run);
		if (run.front().op == ElementChange::Op::renew) put_messages(NFT_MSG_NEWSETELEM, run);
	}
	reinterpret_cast<nlmsghdr*>(buffer_.get() + last_header_)->nlmsg_flags |= NLM_F_ACK;
	nlmsghdr* finish = put_header(buffer_.get() + size_, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, number_ + 1);
	size_ += finish->nlmsg_len;
}

// nft flush set: a deletion that names no element
void ElementBatch::put_flush(const char* table, const DecisionSet& set) {
	last_header_ = size_;
	nlmsghdr* header = put_header(buffer_.get() + size_, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELSETELEM, 0,
	                              NFPROTO_INET, 0, ++number_);
	mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_SET, set.name().c_str());
	size_ += header->nlmsg_len;
	carried_.push_back(changes_.first(0));
}

void ElementBatch::put_messages(std::uint16_t type, std::span<const ElementChange> changes) {
	for (const char* table : tables_) put_message(table, type, changes);
}

void ElementBatch::put_message(const char* table, std::uint16_t type, std::span<const ElementChange> changes) {
	const bool is_new = type == NFT_MSG_NEWSETELEM;
	last_header_ = size_;
	nlmsghdr* header = put_header(buffer_.get() + size_, static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | type),
	                              is_new ? NLM_F_CREATE : 0, NFPROTO_INET, 0, ++number_);
	mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_SET, changes.front().set.name().c_str());
	nlattr* list = mnl_attr_nest_start(header, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (const ElementChange& change : changes) put_element(header, change, is_new);
	mnl_attr_nest_end(header, list);
	size_ += header->nlmsg_len;
	carried_.push_back(changes);
}

std::span<const ElementChange> ElementBatch::changes_of(std::uint32_t number) const {
	const std::uint32_t index = number - first_number_ - 1;
	return index < carried_.size() ? carried_[index] : changes_;
}

} // namespace gate25
