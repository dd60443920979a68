// SPDX-License-Identifier: GPL-2.0-or-later
//
// libnftables: for whole rulesets, never for single elements (it re-reads every table at each command and
// dumps interval sets: 50 us to seconds, against 4 us by netlink). The only file with its header is nft.cpp.
#pragma once

#include "core/result.h"

#include <memory>
#include <string>

struct nft_ctx;

namespace gate25 {

// Runs the text as one transaction. The error holds the first lines that nft says, not the whole command.
[[nodiscard]] Result<void> run_nft(const std::string& text);
// The same, and what it prints; with `as_json` for `list` commands in JSON.
[[nodiscard]] Result<std::string> query_nft(const std::string& text, bool as_json);
// A context whose socket stays open, so that it can own a table (`flags owner`), and that socket's
// descriptor, over which elements of such a table have to be written.
class NftSession {
public:
	[[nodiscard]] static Result<NftSession> open();
	[[nodiscard]] Result<void> run(const std::string& text);
	int fd() const { return fd_; } // of libnftables; not to be closed

private:
	struct Free {
		void operator()(nft_ctx* context) const noexcept;
	};
	std::unique_ptr<nft_ctx, Free> context_;
	int fd_ = -1;
};

// Checks the text against the kernel without changing anything.
[[nodiscard]] Result<void> check_nft(const std::string& text);

} // namespace gate25
