// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/table_reader.h"

#include "core/handle.h"

#include <cerrno>
#include <libnftnl/chain.h>
#include <libnftnl/object.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter/nf_tables.h>
#include <memory>

namespace gate25 {
namespace {

constexpr std::string_view table_name = "gate25";
constexpr unsigned most_tries = 20;

using Table = std::unique_ptr<nftnl_table, Deleter<nftnl_table_free>>;
using Chain = std::unique_ptr<nftnl_chain, Deleter<nftnl_chain_free>>;
using Set = std::unique_ptr<nftnl_set, Deleter<nftnl_set_free>>;
using Object = std::unique_ptr<nftnl_obj, Deleter<nftnl_obj_free>>;

bool is_ours(const char* name) { return name != nullptr && name == table_name; }

void take_table(const nlmsghdr* message, TableShape& shape) {
	const Table table(nftnl_table_alloc());
	if (!table || nftnl_table_nlmsg_parse(message, table.get()) < 0) return;
	if (is_ours(nftnl_table_get_str(table.get(), NFTNL_TABLE_NAME))) shape.exists = true;
}

void take_chain(const nlmsghdr* message, TableShape& shape) {
	const Chain chain(nftnl_chain_alloc());
	if (!chain || nftnl_chain_nlmsg_parse(message, chain.get()) < 0) return;
	if (!is_ours(nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_TABLE))) return;
	shape.chains.emplace_back(nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_NAME));
}

void take_set(const nlmsghdr* message, TableShape& shape) {
	const Set set(nftnl_set_alloc());
	if (!set || nftnl_set_nlmsg_parse(message, set.get()) < 0) return;
	if (!is_ours(nftnl_set_get_str(set.get(), NFTNL_SET_TABLE))) return;
	if ((nftnl_set_get_u32(set.get(), NFTNL_SET_FLAGS) & NFT_SET_ANONYMOUS) != 0) return;
	shape.sets.emplace_back(nftnl_set_get_str(set.get(), NFTNL_SET_NAME));
}

Result<TableShape> read_shape_once(Netlink& netlink) {
	TableShape shape;
	auto done = netlink.dump(NFT_MSG_GETTABLE, [&](const nlmsghdr* message) { take_table(message, shape); });
	if (!done) return fail(done.error());
	if (!shape.exists) return shape;
	done = netlink.dump(NFT_MSG_GETCHAIN, [&](const nlmsghdr* message) { take_chain(message, shape); });
	if (!done) return fail(done.error());
	done = netlink.dump(NFT_MSG_GETSET, [&](const nlmsghdr* message) { take_set(message, shape); });
	if (!done) return fail(done.error());
	done = netlink.dump(NFT_MSG_GETRULE, [&](const nlmsghdr*) { ++shape.rules; });
	if (!done) return fail(done.error());
	return shape;
}

} // namespace

Result<TableShape> read_shape(Netlink& netlink) {
	Result<TableShape> shape = read_shape_once(netlink);
	// A dump that another writer disturbed is taken again.
	for (unsigned i = 0; i < most_tries && !shape && shape.error().saved_errno == EINTR; ++i)
		shape = read_shape_once(netlink);
	return shape;
}

Result<std::map<std::string, Counter>> read_counters(Netlink& netlink) {
	std::map<std::string, Counter> counters;
	const auto take = [&](const nlmsghdr* message) {
		const Object object(nftnl_obj_alloc());
		if (!object || nftnl_obj_nlmsg_parse(message, object.get()) < 0) return;
		if (!is_ours(nftnl_obj_get_str(object.get(), NFTNL_OBJ_TABLE))) return;
		if (nftnl_obj_get_u32(object.get(), NFTNL_OBJ_TYPE) != NFT_OBJECT_COUNTER) return;
		counters[nftnl_obj_get_str(object.get(), NFTNL_OBJ_NAME)] = {
			nftnl_obj_get_u64(object.get(), NFTNL_OBJ_CTR_PKTS), nftnl_obj_get_u64(object.get(), NFTNL_OBJ_CTR_BYTES)};
	};
	auto done = netlink.dump(NFT_MSG_GETOBJ, take);
	for (unsigned i = 0; i < most_tries && !done && done.error().saved_errno == EINTR; ++i)
		done = netlink.dump(NFT_MSG_GETOBJ, take);
	if (!done) return fail(done.error());
	return counters;
}

} // namespace gate25
