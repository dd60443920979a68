// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/nft.h"

#include "core/handle.h"

#include <memory>
#include <nftables/libnftables.h>

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

} // namespace

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
