// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/mime_parts.h"

#include "core/text.h"
#include "wire/mime.h"
#include "wire/mime_fields.h"
#include "wire/report_build.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>

namespace gate25::mime {
namespace {

using reports::lower;
using reports::trimmed;

constexpr std::size_t longest_value = 4096;
constexpr std::size_t longest_boundary = 200; // RFC 2046 allows 70

// The fields of one entity that matter here.
struct Head {
	ContentType type;
	bool has_type = false;
	std::optional<std::string> encoding;
	std::string disposition; // the first one
	std::string message_id;
	std::string from;
	bool has_old_xarf_mark = false;
	std::string_view body;
};

Result<void> take_type(Head& head, const Field& field) {
	if (head.has_type) return fail(ErrorKind::bad_input, "Content-Type stands twice in one part: which one holds?");
	const auto value = unfolded(field.body, longest_value);
	const auto type = value ? parse_content_type(*value) : std::nullopt;
	if (!type) return fail(ErrorKind::bad_input, "Content-Type is not readable: " + quoted(trimmed(field.body)));
	head.type = *type;
	head.has_type = true;
	return {};
}

Result<void> take_encoding(Head& head, const Field& field) {
	if (head.encoding)
		return fail(ErrorKind::bad_input, "Content-Transfer-Encoding stands twice in one part: which one holds?");
	const auto value = unfolded(field.body, longest_value);
	head.encoding = value ? without_comments(*value).value_or("") : "";
	return {};
}

void take_text(std::string& into, const Field& field) {
	if (into.empty()) into = unfolded(field.body, longest_value).value_or("");
}

Result<void> take(Head& head, const Field& field) {
	if (field.body.size() > longest_field)
		return fail(ErrorKind::bad_input, fmt::format("the field {} has {} bytes, more than {}", quoted(field.name),
		                                              field.body.size(), longest_field));
	if (field.is("Content-Type")) return take_type(head, field);
	if (field.is("Content-Transfer-Encoding")) return take_encoding(head, field);
	if (field.is("Content-Disposition")) take_text(head.disposition, field);
	if (field.is("Message-ID")) take_text(head.message_id, field);
	if (field.is("From")) take_text(head.from, field);
	if (field.is("X-XARF") || field.is("X-ARF")) head.has_old_xarf_mark = true;
	return {};
}

Result<Head> read_head(std::string_view text) {
	Head head;
	FieldReader fields(text);
	std::size_t count = 0;
	while (const auto field = fields.next()) {
		if (++count > most_fields)
			return fail(ErrorKind::bad_input, fmt::format("more than {} header fields", most_fields));
		if (auto done = take(head, *field); !done) return fail(done.error());
	}
	head.body = fields.rest();
	return head;
}

// A line "--BOUNDARY" or "--BOUNDARY--", blanks after it allowed (RFC 2046 5.1.1).
struct Delimiter {
	std::size_t at = 0;   // where its line begins
	std::size_t next = 0; // where the next line begins
	bool is_last = false;
};

std::optional<Delimiter> find_delimiter(std::string_view text, std::string_view mark, std::size_t from) {
	for (auto at = text.find(mark, from); at != text.npos; at = text.find(mark, at + 1)) {
		if (at != 0 && text[at - 1] != '\n') continue;
		const auto end = std::min(text.find('\n', at), text.size());
		auto tail = text.substr(at + mark.size(), end - at - mark.size());
		const bool is_last = tail.starts_with("--");
		if (is_last) tail.remove_prefix(2);
		if (trimmed(tail).empty()) return Delimiter{at, std::min(end + 1, text.size()), is_last};
	}
	return std::nullopt;
}

// The newline before a delimiter belongs to the delimiter.
std::string_view without_newline(std::string_view text) {
	if (text.ends_with('\n')) text.remove_suffix(1);
	if (text.ends_with('\r')) text.remove_suffix(1);
	return text;
}

class Walker {
public:
	explicit Walker(std::vector<Part>& parts) : parts_(parts) {}
	// Depth is bounded, so is the recursion.
	Result<void> entity(Head head, std::size_t depth) {
		// Also those that hold others or nothing: each costs its header.
		if (++count_ > most_parts) return fail(ErrorKind::bad_input, fmt::format("more than {} parts", most_parts));
		if (head.type.type.starts_with("multipart/")) return multipart(head, depth);
		std::string name = file_name(head.disposition);
		parts_.push_back({std::move(head.type.type), name.empty() ? std::move(head.type.name) : std::move(name),
		                  head.encoding.value_or(""), head.body});
		return {};
	}

private:
	Result<void> multipart(const Head& head, std::size_t depth) {
		if (depth == deepest_part)
			return fail(ErrorKind::bad_input, fmt::format("multiparts nest deeper than {}", deepest_part));
		const std::string& boundary = head.type.boundary;
		if (boundary.empty() || boundary.size() > longest_boundary)
			return fail(ErrorKind::bad_input, "Content-Type " + quoted(head.type.type) + " has no usable boundary");
		const std::string mark = "--" + boundary;
		auto delimiter = find_delimiter(head.body, mark, 0);
		// Without a closing delimiter the last part ends with the mail: real reports are sent so.
		while (delimiter && !delimiter->is_last) {
			const auto next = find_delimiter(head.body, mark, delimiter->next);
			const auto end = next ? next->at : head.body.size();
			if (auto done = part(head.body.substr(delimiter->next, end - delimiter->next), depth); !done)
				return done;
			delimiter = next;
		}
		return {};
	}
	Result<void> part(std::string_view text, std::size_t depth) {
		auto head = read_head(without_newline(text));
		if (!head) return fail(head.error());
		return entity(std::move(*head), depth + 1);
	}

	std::vector<Part>& parts_;
	std::size_t count_ = 0;
};

} // namespace

Result<Mail> read_mail(std::string_view text) {
	auto head = read_head(text);
	if (!head) return fail(head.error());
	Mail mail{head->type.type, head->type.report_type, head->message_id, head->from, head->has_old_xarf_mark, {}};
	if (auto walked = Walker(mail.parts).entity(std::move(*head), 0); !walked) return fail(walked.error());
	return mail;
}

bool is_pgp_signed(std::string_view text) {
	const auto head = read_head(text);
	return head && head->type.type == "multipart/signed" &&
	       (head->type.protocol.empty() || head->type.protocol == "application/pgp-signature");
}

Result<SignedParts> split_signed(std::string_view text) {
	const auto head = read_head(text);
	if (!head) return fail(head.error());
	const std::string mark = "--" + head->type.boundary;
	if (head->type.boundary.empty() || head->type.boundary.size() > longest_boundary)
		return fail(ErrorKind::bad_input, "multipart/signed has no usable boundary");
	std::array<Delimiter, 3> delimiters; // before the content, before the signature, after it
	std::size_t from = 0;
	for (std::size_t i = 0; i < delimiters.size(); ++i) {
		const auto found = find_delimiter(head->body, mark, from);
		if (!found || found->is_last != (i == 2))
			return fail(ErrorKind::bad_input, "multipart/signed needs exactly two parts, what is signed and the "
			                                  "signature, and a line that closes it");
		delimiters[i] = *found;
		from = found->next;
	}
	const auto between = [&](std::size_t i) {
		return without_newline(head->body.substr(delimiters[i].next, delimiters[i + 1].at - delimiters[i].next));
	};
	const auto signature = read_head(between(1));
	if (!signature) return fail(signature.error());
	if (signature->type.type != "application/pgp-signature")
		return fail(ErrorKind::bad_input, "the second part of multipart/signed must be application/pgp-signature, it is " +
		                                      quoted(signature->type.type));
	return SignedParts{between(0), signature->body, signature->encoding.value_or(""),
	                   head->body.substr(delimiters[2].next)};
}

std::string boundary_of(std::string_view text) {
	const auto head = read_head(text);
	return head && head->type.type.starts_with("multipart/") ? head->type.boundary : "";
}

} // namespace gate25::mime
