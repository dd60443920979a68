// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/subscriber.h"

#include "core/words.h"

namespace gate25 {

namespace {

constexpr std::array<std::string_view, 5> notice_words{"quarantined", "changed", "digest", "released", "misbehaving"};
constexpr std::array<std::string_view, 3> state_words{"waiting", "sent", "given-up"};

} // namespace

std::string_view notice_text(NoticeKind kind) {
	return notice_words[static_cast<std::size_t>(kind)];
}

Result<NoticeKind> parse_notice_kind(std::string_view text) {
	return parse_word<NoticeKind>("a kind of notices", notice_words, text);
}

std::string_view notice_state_text(NoticeState state) {
	return state_words[static_cast<std::size_t>(state)];
}

Result<NoticeState> parse_notice_state(std::string_view text) {
	return parse_word<NoticeState>("a state of notices", state_words, text);
}

} // namespace gate25
