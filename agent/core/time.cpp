// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/time.h"
#include "core/text.h"

#include <algorithm>
#include <array>

namespace gate25 {

namespace {

struct Unit {
	char letter;
	std::int64_t seconds;
};
constexpr std::array<Unit, 5> units{{{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};

// What a duration is said to look like, where one without an end may stand and where not.
constexpr std::string_view or_manual = "a duration like \"30m\", \"24h\" or \"7d\", or \"manual\"";
constexpr std::string_view that_ends = "a duration that ends, like \"30m\", \"24h\" or \"7d\"";

constexpr bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

// Digits off the front. Stops counting far above the longest duration, so nothing overflows.
std::int64_t cut_number(std::string_view& rest) {
	constexpr std::int64_t enough = std::int64_t{1} << 40U;
	std::int64_t value = 0;
	while (!rest.empty() && is_digit(rest.front())) {
		value = std::min(value * 10 + (rest.front() - '0'), enough);
		rest.remove_prefix(1);
	}
	return value;
}

} // namespace

Seconds remaining(const Deadline& deadline, const Now& now) {
	return std::max(Seconds{0}, std::chrono::ceil<Seconds>(deadline.boot - now.boot));
}

Deadline deadline_after(const Now& now, Seconds duration) {
	return {now.wall + duration, now.boot + duration};
}

namespace {

Result<Seconds> read_duration(std::string_view text, std::string_view expected) {
	const auto bad = [&](std::string_view reason) {
		return fail(ErrorKind::bad_input, "expected " + std::string(expected) + ", got " + quoted(text) + ": " + std::string(reason));
	};
	if (text.empty()) return bad("it is empty");
	if (text == "manual") return bad("it has no end");
	if (text.front() == '-') return bad("it cannot be negative");
	std::int64_t total = 0;
	auto next_unit = units.begin();
	for (std::string_view rest = text; !rest.empty();) {
		if (!is_digit(rest.front())) return bad("a number must come first and after each unit");
		const std::int64_t number = cut_number(rest);
		if (rest.empty()) return bad("a unit is missing (s, m, h, d or w)");
		if (rest.starts_with("ms")) return bad("a second is the smallest unit");
		const auto unit = std::find_if(next_unit, units.end(), [&](Unit u) { return u.letter == rest.front(); });
		if (unit == units.end()) return bad("units are w, d, h, m, s, in this order, each once");
		total = std::min(total + number * unit->seconds, Seconds::max().count() / 2);
		next_unit = unit + 1;
		rest.remove_prefix(1);
	}
	if (total == 0) return bad("the shortest is 1s");
	if (total > longest_duration.count())
		return bad("the longest is " + duration_text(longest_duration) + (expected == or_manual ? "; longer is \"manual\"" : ""));
	return Seconds{total};
}

} // namespace

Result<std::optional<Seconds>> parse_duration(std::string_view text) {
	if (text == "manual") return std::nullopt;
	return read_duration(text, or_manual).map([](Seconds duration) { return std::optional(duration); });
}

Result<Seconds> parse_finite_duration(std::string_view text) {
	return read_duration(text, that_ends);
}

std::string duration_text(std::optional<Seconds> duration) {
	if (!duration) return "manual";
	std::int64_t rest = std::max<std::int64_t>(0, duration->count());
	if (rest == 0) return "0s";
	std::string out;
	for (const Unit unit : units) {
		// "90d" is what people write and read, "12w6d" is not.
		if (unit.letter == 'w' || rest < unit.seconds) continue;
		out += std::to_string(rest / unit.seconds) + unit.letter;
		rest %= unit.seconds;
	}
	return out;
}

} // namespace gate25
