// SPDX-License-Identifier: GPL-2.0-or-later
#include "firewall.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/object.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <nftables/libnftables.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace gate25::compare {
namespace {

[[noreturn]] void give_up(const char* what) { throw std::runtime_error(std::string(what) + ": " + std::strerror(errno)); }

// One for each run: a context remembers every `define`, and a second text may not define it again.
class Context {
public:
	Context() : nft_(nft_ctx_new(NFT_CTX_DEFAULT)) {
		if (nft_ == nullptr) give_up("libnftables");
		nft_ctx_buffer_error(nft_);
		nft_ctx_buffer_output(nft_);
	}
	~Context() { nft_ctx_free(nft_); }
	Context(const Context&) = delete;
	Context& operator=(const Context&) = delete;
	nft_ctx* get() const { return nft_; }

private:
	nft_ctx* nft_;
};

int take_counter(const nlmsghdr* message, void* data) {
	nftnl_obj* object = nftnl_obj_alloc();
	if (object == nullptr) give_up("nftnl_obj_alloc");
	if (nftnl_obj_nlmsg_parse(message, object) == 0) {
		const std::uint64_t packets = nftnl_obj_get_u64(object, NFTNL_OBJ_CTR_PKTS);
		if (packets != 0) (*static_cast<Moved*>(data))[nftnl_obj_get_str(object, NFTNL_OBJ_NAME)] = packets;
	}
	nftnl_obj_free(object);
	return MNL_CB_OK;
}

// Sends it and hands every message of the answer to `each`.
void exchange(mnl_socket* socket, const nlmsghdr* request, mnl_cb_t each, void* data) {
	std::array<char, 1 << 16> buffer;
	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0) give_up("netlink send");
	for (int more = MNL_CB_OK; more > MNL_CB_STOP;) {
		const ssize_t size = mnl_socket_recvfrom(socket, buffer.data(), buffer.size());
		if (size < 0) give_up("netlink receive");
		more = mnl_cb_run(buffer.data(), static_cast<std::size_t>(size), request->nlmsg_seq, mnl_socket_get_portid(socket),
		                  each, data);
	}
}

std::string read_all(FILE* file) {
	std::string text;
	std::array<char, 4096> buffer;
	while (const std::size_t size = fread(buffer.data(), 1, buffer.size(), file)) text.append(buffer.data(), size);
	return text;
}

} // namespace

Firewall::Firewall() : socket_(mnl_socket_open(NETLINK_NETFILTER)) {
	if (socket_ == nullptr || mnl_socket_bind(socket_, 0, MNL_SOCKET_AUTOPID) < 0) give_up("netlink");
}

Firewall::~Firewall() { mnl_socket_close(socket_); }

std::string Firewall::run(const std::string& commands) {
	const Context nft;
	if (nft_run_cmd_from_buffer(nft.get(), commands.c_str()) == 0) return {};
	const std::string said = nft_ctx_get_error_buffer(nft.get());
	return said.empty() ? "failed" : said;
}

std::string Firewall::list(const std::string& command, unsigned flags) {
	const Context nft;
	nft_ctx_output_set_flags(nft.get(), flags);
	const int failed = nft_run_cmd_from_buffer(nft.get(), command.c_str());
	if (failed != 0) throw std::runtime_error(command + ": " + nft_ctx_get_error_buffer(nft.get()));
	return nft_ctx_get_output_buffer(nft.get());
}

std::string Firewall::output_of(const std::string& command) {
	FILE* pipe = popen((command + " 2>&1").c_str(), "r");
	if (pipe == nullptr) give_up("popen");
	const std::string text = read_all(pipe);
	const int status = pclose(pipe);
	if (status != 0) throw std::runtime_error(command + ": " + text);
	return text;
}

std::string Firewall::run_program(const std::string& options, const std::string& text) {
	std::string path = "/tmp/gate25-compare-XXXXXX";
	const int fd = mkstemp(path.data());
	if (fd < 0) give_up("mkstemp");
	close(fd);
	std::ofstream(path) << text;
	std::string said;
	try {
		output_of("nft " + options + " -f " + path);
	} catch (const std::runtime_error& error) {
		said = error.what();
	}
	unlink(path.c_str());
	return said;
}

Moved Firewall::take_counters(const char* table) {
	std::array<char, 4096> buffer;
	nlmsghdr* request = nftnl_nlmsg_build_hdr(buffer.data(), NFT_MSG_GETOBJ_RESET, NFPROTO_INET, NLM_F_DUMP, 0);
	mnl_attr_put_strz(request, NFTA_OBJ_TABLE, table);
	mnl_attr_put_u32(request, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	Moved moved;
	exchange(socket_, request, take_counter, &moved);
	return moved;
}

void Firewall::forget_connections() {
	std::array<char, 256> buffer{};
	nlmsghdr* request = mnl_nlmsg_put_header(buffer.data());
	request->nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_DELETE;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	auto* family = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(nfgenmsg)));
	family->nfgen_family = AF_UNSPEC;
	exchange(socket_, request, nullptr, nullptr);
}

unsigned Firewall::connections() {
	std::ifstream file("/proc/sys/net/netfilter/nf_conntrack_count");
	unsigned count = 0;
	file >> count;
	return count;
}

} // namespace gate25::compare
