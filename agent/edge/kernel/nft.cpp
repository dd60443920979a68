// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/nft.h"

#include "core/handle.h"

#include <cstdlib>
#include <filesystem>
#include <linux/netlink.h>
#include <memory>
#include <nftables/libnftables.h>
#include <set>
#include <sys/socket.h>

namespace gate25 {
namespace {

using Context = std::unique_ptr<nft_ctx, Deleter<nft_ctx_free>>;

// libnftables echoes the failing command, which may be hundreds of kilobytes of elements.
std::string first_lines(std::string text) {
	constexpr std::size_t longest = 400;
	if (text.size() > longest) text = text.substr(0, longest) + "...";
	while (!text.empty() && text.back() == '\n') text.pop_back();
	return text;
}

Result<std::string> run(const std::string& text, unsigned output_flags, bool dry_run) {
	// A context of its own for each run: it keeps nothing that is of use for the next one.
	const Context context(nft_ctx_new(NFT_CTX_DEFAULT));
	if (!context) return fail(ErrorKind::kernel, "libnftables could not be initialised");
	nft_ctx_output_set_flags(context.get(), output_flags);
	nft_ctx_set_dry_run(context.get(), dry_run);
	nft_ctx_buffer_output(context.get());
	nft_ctx_buffer_error(context.get());
	if (nft_run_cmd_from_buffer(context.get(), text.c_str()) != 0) {
		const char* error = nft_ctx_get_error_buffer(context.get());
		return fail(ErrorKind::kernel, "nftables refused the rules: " + first_lines(error ? error : ""));
	}
	const char* output = nft_ctx_get_output_buffer(context.get());
	return std::string(output ? output : "");
}

// Descriptors of netlink sockets to netfilter. libnftables does not tell its own, so it is the one that
// appears when a context is made.
std::set<int> netfilter_sockets() {
	std::set<int> found;
	std::error_code error;
	for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
		const int fd = std::atoi(entry.path().filename().c_str());
		int domain = 0, protocol = 0;
		socklen_t size = sizeof domain;
		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_NETLINK) continue;
		size = sizeof protocol;
		if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == NETLINK_NETFILTER) found.insert(fd);
	}
	return found;
}

} // namespace

void NftSession::Free::operator()(nft_ctx* context) const noexcept { nft_ctx_free(context); }

Result<NftSession> NftSession::open() {
	const std::set<int> before = netfilter_sockets();
	NftSession session;
	session.context_.reset(nft_ctx_new(NFT_CTX_DEFAULT));
	if (!session.context_) return fail(ErrorKind::kernel, "libnftables could not be initialised");
	for (int fd : netfilter_sockets())
		if (!before.contains(fd)) session.fd_ = fd;
	if (session.fd_ < 0) return fail(ErrorKind::kernel, "the socket of libnftables was not found");
	nft_ctx_buffer_output(session.context_.get());
	nft_ctx_buffer_error(session.context_.get());
	return session;
}

Result<void> NftSession::run(const std::string& text) {
	if (nft_run_cmd_from_buffer(context_.get(), text.c_str()) == 0) return {};
	const char* error = nft_ctx_get_error_buffer(context_.get());
	return fail(ErrorKind::kernel, "nftables refused the guard: " + first_lines(error ? error : ""));
}

Result<void> run_nft(const std::string& text) {
	if (auto done = run(text, 0, false); !done) return fail(done.error());
	return {};
}

Result<void> check_nft(const std::string& text) {
	if (auto done = run(text, 0, true); !done) return fail(done.error());
	return {};
}

Result<std::string> query_nft(const std::string& text, bool as_json) {
	return run(text, as_json ? NFT_CTX_OUTPUT_JSON : 0, false);
}

} // namespace gate25
