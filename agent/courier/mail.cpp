// SPDX-License-Identifier: GPL-2.0-or-later
#include "courier/mail.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace gate25 {
namespace {

constexpr std::size_t longest_word = 45; // bytes of UTF-8 that fit, in base64, into 75 characters

std::string base64(std::string_view bytes) {
	constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	std::string out;
	for (std::size_t i = 0; i < bytes.size(); i += 3) {
		std::uint32_t group = 0;
		for (std::size_t k = 0; k < 3; ++k)
			group = group << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
		for (std::size_t k = 0; k < 4; ++k) out += i + k > bytes.size() ? '=' : letters[group >> (18 - 6 * k) & 63U];
	}
	return out;
}

bool is_printable(std::string_view text) {
	return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

// The first bytes of a text that are whole characters.
std::string_view word_of(std::string_view text) {
	std::size_t end = std::min(text.size(), longest_word);
	while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
	return text.substr(0, end);
}

// A quoted-string unless it is made of atoms (RFC 5322 3.2.4).
std::string display_name(const std::string& name) {
	if (!is_printable(name)) return header_text(name);
	const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
		return c == ' ' || std::string_view("()<>[]:;@\\,.\"").find(c) == std::string_view::npos;
	});
	return is_plain ? name : '"' + name + '"'; // parse_mailbox() lets neither quote nor backslash in
}

} // namespace

std::string header_text(std::string_view text) {
	if (is_printable(text) && text.find("=?") == text.npos) return std::string(text);
	std::string out;
	while (!text.empty()) {
		const std::string_view word = word_of(text);
		if (!out.empty()) out += "\r\n ";
		out += "=?utf-8?B?" + base64(word) + "?=";
		text.remove_prefix(word.size());
	}
	return out;
}

std::string mail_date(UnixTime time) {
	constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	const auto day = std::chrono::floor<std::chrono::days>(time);
	const std::chrono::year_month_day date(day);
	const std::chrono::hh_mm_ss clock(time - day);
	return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", days[std::chrono::weekday(day).c_encoding()],
	                   static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
	                   static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

Mail mail_of(std::uint64_t notice, UnixTime made, const std::string& to, NoticeText text, const NoticeRules& rules,
             const std::string& own_name, UnixTime now) {
	Mail mail;
	mail.relay = rules.relay + '/' + own_name;
	mail.from = parse_mailbox(rules.from).value_or(Mailbox{});
	mail.to = to;
	const std::string name = display_name(mail.from.name);
	const std::string domain = mail.from.address.substr(mail.from.address.find('@') + 1);
	mail.header = {
		"From: " + (name.empty() ? mail.from.address : name + " <" + mail.from.address + '>'),
		"To: " + to,
		"Subject: " + header_text(text.subject),
		"Date: " + mail_date(now),
		fmt::format("Message-ID: <gate25-notice-{}.{}@{}>", notice, made.time_since_epoch().count(), domain),
		"Auto-Submitted: auto-generated",
		"Content-Language: " + text.language,
		"MIME-Version: 1.0",
		"Content-Type: multipart/alternative",
	};
	mail.text = std::move(text);
	return mail;
}

} // namespace gate25
