// SPDX-License-Identifier: GPL-2.0-or-later
//
// RFC 3339 5.6. libstdc++ 12 has neither std::format nor chrono::parse.
#include "core/text.h"
#include "core/time.h"

namespace gate25 {

namespace {

using namespace std::chrono;

constexpr bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

void append(std::string& out, unsigned value, std::size_t width) {
	const std::string digits = std::to_string(value);
	if (digits.size() < width) out.append(width - digits.size(), '0');
	out += digits;
}

// Cuts fields off the front and remembers when one was not as it must be.
class Reader {
  public:
	explicit Reader(std::string_view text) : rest_(text) {}
	int number(std::size_t width, int least, int most) {
		int value = 0;
		for (std::size_t i = 0; i < width; ++i) {
			if (i >= rest_.size() || !is_digit(rest_[i])) return wrong();
			value = value * 10 + (rest_[i] - '0');
		}
		rest_.remove_prefix(width);
		return value < least || value > most ? wrong() : value;
	}
	bool accept(char one, char other) {
		if (rest_.empty() || (rest_.front() != one && rest_.front() != other)) return false;
		rest_.remove_prefix(1);
		return true;
	}
	void expect(char one, char other) {
		if (!accept(one, other)) wrong();
	}
	void skip_fraction() {
		if (!accept('.', '.')) return;
		number(1, 0, 9);
		while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
	}
	bool is_good() const { return is_good_ && rest_.empty(); }
	int wrong() {
		is_good_ = false;
		return 0;
	}

  private:
	std::string_view rest_;
	bool is_good_ = true;
};

sys_days read_date(Reader& reader) {
	const year y{reader.number(4, 0, 9999)};
	reader.expect('-', '-');
	const month m{static_cast<unsigned>(reader.number(2, 1, 12))};
	reader.expect('-', '-');
	const day d{static_cast<unsigned>(reader.number(2, 1, 31))};
	const year_month_day date{y, m, d};
	if (!date.ok()) reader.wrong();
	return date.ok() ? sys_days{date} : sys_days{};
}

seconds read_clock(Reader& reader) {
	const hours h{reader.number(2, 0, 23)};
	reader.expect(':', ':');
	const minutes m{reader.number(2, 0, 59)};
	reader.expect(':', ':');
	const seconds s{reader.number(2, 0, 60)}; // 60: a leap second, counted as the second after it
	reader.skip_fraction();
	return h + m + s;
}

seconds read_offset(Reader& reader) {
	if (reader.accept('Z', 'z')) return {};
	const bool is_west = reader.accept('-', '-');
	if (!is_west) reader.expect('+', '+');
	const hours h{reader.number(2, 0, 23)};
	reader.expect(':', ':');
	const minutes m{reader.number(2, 0, 59)};
	return is_west ? -(h + m) : h + m;
}

} // namespace

std::string time_text(UnixTime time) {
	const sys_days midnight = floor<days>(time);
	const year_month_day date{midnight};
	const hh_mm_ss clock{time - midnight};
	std::string out;
	append(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
	append(out += '-', static_cast<unsigned>(date.month()), 2);
	append(out += '-', static_cast<unsigned>(date.day()), 2);
	append(out += 'T', static_cast<unsigned>(clock.hours().count()), 2);
	append(out += ':', static_cast<unsigned>(clock.minutes().count()), 2);
	append(out += ':', static_cast<unsigned>(clock.seconds().count()), 2);
	return out += 'Z';
}

Result<UnixTime> parse_time(std::string_view text) {
	Reader reader(text);
	const sys_days date = read_date(reader);
	reader.expect('T', 't');
	const seconds clock = read_clock(reader);
	const seconds offset = read_offset(reader);
	if (!reader.is_good())
		return fail(ErrorKind::bad_input,
		            "expected a time like \"2026-11-21T23:43:33Z\" (RFC 3339), got " + quoted(text));
	return UnixTime{date} + clock - offset;
}

} // namespace gate25
