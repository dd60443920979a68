// SPDX-License-Identifier: GPL-2.0-or-later
//
// Words for what is kept of reports.
#include "core/signature.h"
#include "core/words.h"
#include "core/world.h"

namespace gate25 {

namespace {

constexpr std::array<std::string_view, 3> held_words{"aside", "waiting", "closed"};
constexpr std::array<std::string_view, 5> signature_words{"none", "good", "untrusted", "unknown-key", "bad"};

} // namespace

std::string_view held_text(HeldState state) {
	return held_words[static_cast<std::size_t>(state)];
}

Result<HeldState> parse_held(std::string_view text) {
	return parse_word<HeldState>("a state of kept reports", held_words, text);
}

std::string_view signature_text(SignatureState state) {
	return signature_words[static_cast<std::size_t>(state)];
}

Result<SignatureState> parse_signature(std::string_view text) {
	return parse_word<SignatureState>("a state of signatures", signature_words, text);
}

} // namespace gate25
