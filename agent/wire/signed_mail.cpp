// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/signed_mail.h"

#include "wire/mime.h"
#include "wire/mime_fields.h"
#include "wire/mime_parts.h"
#include "wire/report.h"
#include "wire/report_build.h"
#include "wire/report_read.h"

#include <algorithm>
#include <fmt/format.h>

namespace gate25 {
namespace {

constexpr std::size_t longest_beginning = std::size_t{256} << 10U;
constexpr std::size_t longest_signature = std::size_t{64} << 10U;

// The empty line after the header.
bool has_whole_header(std::string_view mail) {
	while (!mail.empty()) {
		if (mail.find('\n') == mail.npos) return false;
		if (mime::cut_line(mail).empty()) return true;
	}
	return false;
}

// Most mails are told from signed ones without taking a field apart.
bool may_be_signed(std::string_view text) {
	constexpr std::string_view word = "signed";
	const auto is_same = [](char a, char b) { return (static_cast<unsigned char>(a) | 0x20U) == static_cast<unsigned char>(b); };
	return std::search(text.begin(), text.end(), word.begin(), word.end(), is_same) != text.end();
}

// How many bytes it has with CRLF line ends.
std::size_t canonical_size(std::string_view text) {
	std::size_t size = text.size();
	for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1))
		if (at == 0 || text[at - 1] != '\r') ++size;
	return size;
}

std::string canonical(std::string_view text) {
	std::string lines;
	lines.reserve(canonical_size(text));
	for (std::size_t i = 0; i < text.size(); ++i) {
		if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) lines += '\r';
		lines += text[i];
	}
	return lines;
}

} // namespace

std::optional<bool> is_signed_mail(std::string_view beginning, bool is_all) {
	const bool is_enough = is_all || beginning.size() >= longest_beginning;
	const auto text = reports::trimmed(reports::without_mark(beginning));
	if (text.starts_with('{') || text.starts_with('[')) return false;
	const auto mail = reports::at_first_field(beginning);
	if (!is_enough && !has_whole_header(mail)) return std::nullopt;
	return may_be_signed(mail) && mime::is_pgp_signed(mail);
}

Result<SignedMail> open_signed_mail(std::string_view mail) {
	const auto parts = mime::split_signed(reports::at_first_field(mail));
	if (!parts) return fail(parts.error());
	std::string storage;
	const auto signature = mime::decoded(parts->signature, parts->encoding, storage);
	if (!signature || signature->size() > longest_signature)
		return fail(ErrorKind::bad_input, "the signature has an unknown transfer encoding, or is longer than 64 KiB");
	if (canonical_size(parts->content) > largest_report)
		return fail(ErrorKind::bad_input, "what is signed is longer than 10 MiB");
	return SignedMail{canonical(parts->content), std::string(*signature), !reports::trimmed(parts->rest).empty()};
}

} // namespace gate25
