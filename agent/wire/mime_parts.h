// SPDX-License-Identifier: GPL-2.0-or-later
//
// A mail as a flat list of its parts, views into the text. Enclosed messages stay whole: what is in them was
// written by the sender of the spam, and no part of his may pass for a part of the report.
#pragma once

#include "core/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace gate25::mime {

inline constexpr std::size_t deepest_part = 5; // multiparts in multiparts
inline constexpr std::size_t most_parts = 100;
inline constexpr std::size_t most_fields = 2000; // of the mail and of one part
inline constexpr std::size_t longest_field = std::size_t{256} << 10U;

struct Part {
	std::string type; // "text/plain" where nothing is said
	std::string name; // of the file, may be empty
	std::string encoding;
	std::string_view body; // still encoded
};

struct Mail {
	std::string type;        // of the whole
	std::string report_type; // of a multipart/report
	std::string message_id;
	std::string from;
	bool has_old_xarf_mark = false; // "X-XARF" or "X-ARF": YAML in it is a version nobody sends any more
	std::vector<Part> parts;        // leaves, in their order
};

// An error says which limit or which rule of MIME was broken.
[[nodiscard]] Result<Mail> read_mail(std::string_view text);

// PGP/MIME (RFC 3156): whether the mail as a whole is signed. `text` need not go on after the header.
bool is_pgp_signed(std::string_view text);

struct SignedParts {
	std::string_view content; // the first part with its header, as it stands: what the signature is over
	std::string_view signature;
	std::string encoding; // of the signature
	std::string_view rest; // what follows the end of the multipart
};
// Of a mail that is_pgp_signed(): exactly these two parts, and it must be closed.
[[nodiscard]] Result<SignedParts> split_signed(std::string_view text);

// Of the mail's own multipart; empty: it has none. `text` need not go on after the header.
std::string boundary_of(std::string_view text);

} // namespace gate25::mime
