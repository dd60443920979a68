// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/alert.h"
#include "core/words.h"

namespace gate25 {

namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 7> kind_words{"spam", "missed-spam", "ham",  "not-spam",
                                                     "bot",  "malware",     "other"};
constexpr std::array<std::string_view, 6> format_words{"arf", "xarf3", "xarf4", "eve", "json", "unknown"};

} // namespace

std::string_view kind_text(AlertKind kind) {
	return kind_words[static_cast<std::size_t>(kind)];
}

Result<AlertKind> parse_kind(std::string_view text) {
	return parse_word<AlertKind>("a kind of alert", kind_words, text);
}

std::string_view format_text(ReportFormat format) {
	return format_words[static_cast<std::size_t>(format)];
}

Result<ReportFormat> parse_format(std::string_view text) {
	return parse_word<ReportFormat>("a format of reports", format_words, text);
}

} // namespace gate25
