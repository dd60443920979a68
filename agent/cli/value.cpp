// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/value.h"

#include "cli/text.h"
#include "cli/verbs.h"
#include "core/assignment.h"
#include "core/decision.h"
#include "core/subscriber_key.h"
#include "core/text.h"
#include "core/volume.h"
#include "core/world.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>

namespace gate25::cli {
namespace {

using Words = std::vector<std::string_view>;

const Words& levels() {
	static const Words words = [] {
		Words all;
		for (const auto level : all_levels) all.push_back(level_text(level));
		return all;
	}();
	return words;
}

const Words& alert_kinds() {
	static const Words words = [] {
		Words all;
		for (unsigned i = 0; i <= static_cast<unsigned>(AlertKind::other); ++i) {
			all.push_back(kind_text(static_cast<AlertKind>(i)));
		}
		return all;
	}();
	return words;
}

const Words& quantities() {
	static const Words words = [] {
		Words all;
		for (const auto quantity : all_quantities) all.push_back(quantity_text(quantity));
		return all;
	}();
	return words;
}

const Words& windows() {
	static const Words words = [] {
		Words all;
		for (const auto window : all_windows) all.push_back(window_text(window));
		return all;
	}();
	return words;
}

const Words& formats() {
	static const Words words{"nft", "json"};
	return words;
}

const Words& held_states() {
	static const Words words{held_text(HeldState::aside), held_text(HeldState::waiting)};
	return words;
}

const Words& notice_states() {
	static const Words words{notice_state_text(NoticeState::waiting), notice_state_text(NoticeState::sent), notice_state_text(NoticeState::given_up)};
	return words;
}

const Words& shells() {
	static const Words words{"bash", "zsh", "fish"};
	return words;
}

const Words& verb_names() {
	static const Words words = [] {
		Words all;
		for (const auto& verb : verbs()) {
			if (!verb.is_hidden) all.push_back(verb.name);
		}
		return all;
	}();
	return words;
}

tl::unexpected<Error> expected(std::string_view what, std::string_view given, std::string_view more = {}) {
	return fail(ErrorKind::bad_input, fmt::format("expected {}, got {}{}", what, quoted(given), more));
}

Result<void> check_word(std::string_view what, const Words& known, std::string_view text) {
	if (std::find(known.begin(), known.end(), text) != known.end()) return {};
	return expected(fmt::format("{} ({})", what, listed(known)), text, did_you_mean(text, known));
}

bool is_id(std::string_view text) {
	std::uint64_t id = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
	return error == std::errc{} && end == text.data() + text.size() && id > 0;
}

Result<void> check_number(std::string_view what, std::uint32_t most, std::string_view text) {
	std::uint32_t number = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
	const bool is_good = error == std::errc{} && end == text.data() + text.size() && number >= 1 && number <= most;
	if (is_good) return {};
	return expected(fmt::format("{} from 1 to {}", what, most), text);
}

template <class T> Result<void> outcome(const Result<T>& parsed) {
	if (parsed) return {};
	return fail(parsed.error());
}

Result<void> check_address(std::string_view text) {
	if (text.find('/') == text.npos) return outcome(Address::parse(text));
	return expected("one address, without a length", text);
}

Result<void> check_prefix(std::string_view text) {
	return outcome(Prefix::parse(text));
}

Result<void> check_subject(std::string_view text) {
	if (const auto id = named_subscriber(text)) return outcome(parse_subscriber_id(*id));
	auto good = check_prefix(text);
	if (good) return good;
	return fail(good.error().kind, good.error().text + "; a subscriber is written subscriber:ID");
}

Result<void> check_person(std::string_view text) {
	if (const auto id = named_subscriber(text)) return outcome(parse_subscriber_id(*id));
	auto good = check_address(text);
	if (good) return good;
	return fail(good.error().kind, good.error().text + "; a subscriber is written subscriber:ID");
}

// What the agent would refuse is left to it; this is for what cannot be an address of mail at all.
Result<void> check_mail(std::string_view text) {
	const auto at = text.find('@');
	const bool is_one = at != text.npos && at > 0 && at + 1 < text.size() && text.find_first_of(" \t\r\n<>,") == text.npos;
	return is_one && is_utf8(text) ? Result<void>{} : expected("one address of mail, like anna@example.org", text);
}

Result<void> check_text(std::string_view text) {
	return is_utf8(text) ? Result<void>{} : expected("text in UTF-8", text);
}

constexpr std::string_view subscriber_mark = "subscriber:";

} // namespace

std::optional<std::string_view> named_subscriber(std::string_view text) {
	if (!text.starts_with(subscriber_mark)) return std::nullopt;
	return text.substr(subscriber_mark.size());
}

std::string_view subscriber_id(std::string_view text) {
	return named_subscriber(text).value_or(text);
}

Result<void> check_value(Kind kind, std::string_view text) {
	switch (kind) {
	case Kind::nothing:
		return {};
	case Kind::text:
		return check_text(text);
	case Kind::address:
		return check_address(text);
	case Kind::prefix:
		return check_prefix(text);
	case Kind::subject:
		return check_subject(text);
	case Kind::decision:
		return is_id(text) ? Result<void>{} : check_subject(text);
	case Kind::person:
		return check_person(text);
	case Kind::subscriber:
		return outcome(parse_subscriber_id(subscriber_id(text)));
	case Kind::ports:
		return outcome(parse_ports(text));
	case Kind::mail:
		return check_mail(text);
	case Kind::id:
		return is_id(text) ? Result<void>{} : expected("a number", text);
	case Kind::held_state:
		return check_word("a state", held_states(), text);
	case Kind::notice_state:
		return check_word("a state", notice_states(), text);
	case Kind::level:
		return check_word("a level", levels(), text);
	case Kind::alert_kind:
		return check_word("a kind of alert", alert_kinds(), text);
	case Kind::quantity:
		return check_word("a quantity", quantities(), text);
	case Kind::window:
		return check_word("a time", windows(), text);
	case Kind::limit:
		return outcome(parse_limit(text));
	case Kind::duration:
		return outcome(parse_duration(text));
	case Kind::time:
		return outcome(parse_time(text));
	case Kind::port:
		return check_number("a port", 65535, text);
	case Kind::count:
		return check_number("a number", 1'000'000, text);
	case Kind::file:
		return text.empty() ? expected("a file name", text) : Result<void>{};
	case Kind::format:
		return check_word("a format", formats(), text);
	case Kind::shell:
		return check_word("a shell", shells(), text);
	case Kind::verb:
		return check_word("a verb", verb_names(), text);
	}
	return {};
}

const std::vector<std::string_view>& words_of(Kind kind) {
	static const Words none;
	switch (kind) {
	case Kind::level:
		return levels();
	case Kind::alert_kind:
		return alert_kinds();
	case Kind::quantity:
		return quantities();
	case Kind::window:
		return windows();
	case Kind::held_state:
		return held_states();
	case Kind::notice_state:
		return notice_states();
	case Kind::format:
		return formats();
	case Kind::shell:
		return shells();
	case Kind::verb:
		return verb_names();
	default:
		return none;
	}
}

} // namespace gate25::cli
