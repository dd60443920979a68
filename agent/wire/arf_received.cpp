// SPDX-License-Identifier: GPL-2.0-or-later
//
// Received fields (RFC 5321 4.4). Each server puts its own on top, so the top ones were written by the reporter's
// servers and the rest by whoever wanted to. What stands directly after "from" is what the client called itself
// (HELO), and may be any lie; what the server saw stands in a comment:
//
//   from HELO (name [192.0.2.7]) by ...        Postfix, Sendmail, most others
//   from name (HELO helo) (192.0.2.7) by ...   qmail
//   from [192.0.2.7] (helo=helo) by ...        Exim
#include "core/special.h"
#include "wire/arf.h"
#include "wire/mime.h"
#include "wire/mime_fields.h"
#include "wire/report_build.h"

#include <algorithm>
#include <array>
#include <vector>

namespace gate25::reports {
namespace {

constexpr std::size_t most_received = 50;
constexpr std::size_t longest_received = 8192;

// The addresses behind these are hosts of one house, so such a hand-over happened within the reporter's walls.
bool is_inside(const Address& address) {
	static const std::array<Prefix, 8> ranges{
	    Prefix::parse("127.0.0.0/8").value(),    Prefix::parse("10.0.0.0/8").value(),
	    Prefix::parse("172.16.0.0/12").value(),  Prefix::parse("192.168.0.0/16").value(),
	    Prefix::parse("169.254.0.0/16").value(), Prefix::parse("::1").value(),
	    Prefix::parse("fe80::/10").value(),      Prefix::parse("fc00::/7").value()};
	return std::any_of(ranges.begin(), ranges.end(), [&](const Prefix& range) { return range.contains(address); });
}

// "192.0.2.7", "[192.0.2.7]", "[IPv6:2001:db8::1]", "[192.0.2.7]:4711"
std::optional<Address> address_of(std::string_view word) {
	if (word.starts_with('[')) {
		const auto end = word.find(']');
		if (end == word.npos) return std::nullopt;
		word = word.substr(1, end - 1);
	}
	if (lower(word.substr(0, 5)) == "ipv6:") word.remove_prefix(5);
	const auto address = Address::parse(word);
	return address ? std::optional(*address) : std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view text) {
	std::vector<std::string_view> words;
	while (!(text = trimmed(text)).empty()) {
		const auto end = std::min(text.find_first_of(" \t,;()"), text.size());
		if (end > 0) words.push_back(text.substr(0, end));
		text.remove_prefix(std::max<std::size_t>(end, 1));
	}
	return words;
}

// What the client said of itself.
bool is_greeting(std::string_view word) {
	const std::string text = lower(word);
	return text == "helo" || text == "ehlo" || text == "lhlo";
}

// "by ..." alone is a step within a server.
bool is_handover(std::string_view text) {
	return lower(trimmed(text).substr(0, 5)) == "from ";
}

struct Clause {
	std::string_view plain; // after "from", up to the first comment or "by"
	std::vector<std::string_view> comments;
};

// Everything between "from" and "by" at the top level. Comments nest; their insides are not taken apart.
std::optional<Clause> from_clause(std::string_view text) {
	text = trimmed(text);
	if (!is_handover(text)) return std::nullopt;
	text.remove_prefix(5);
	Clause clause;
	std::size_t depth = 0;
	std::size_t begin = 0;
	bool has_plain = false;
	for (std::size_t i = 0; i < text.size(); ++i) {
		if (text[i] == '(' && depth++ == 0) {
			if (!has_plain) clause.plain = text.substr(0, i);
			has_plain = true;
			begin = i + 1;
		} else if (text[i] == ')' && depth > 0 && --depth == 0) {
			clause.comments.push_back(text.substr(begin, i - begin));
		} else if (depth == 0 && text[i] == ' ' && lower(text.substr(i, 4)) == " by ") {
			if (!has_plain) clause.plain = text.substr(0, i);
			return clause;
		}
	}
	return std::nullopt;
}

bool has_exim_greeting(std::string_view comment) {
	return lower(comment).find("helo=") != std::string::npos;
}

// "(HELO x)" is only a greeting; elsewhere "helo=x" and what follows "HELO" is.
std::vector<Address> addresses_in(std::string_view comment) {
	std::vector<Address> found;
	bool skip_next = false;
	for (const auto word : words_of(comment)) {
		if (skip_next || word.find('=') != word.npos) {
			skip_next = false;
			continue;
		}
		skip_next = is_greeting(word);
		if (const auto address = address_of(word)) found.push_back(*address);
	}
	return found;
}

} // namespace

std::optional<Address> client_of(std::string_view received) {
	const auto clause = from_clause(received);
	if (!clause) return std::nullopt;
	std::vector<Address> found;
	bool is_exim = false;
	for (const auto comment : clause->comments) {
		is_exim = is_exim || has_exim_greeting(comment);
		for (const Address& address : addresses_in(comment)) found.push_back(address);
	}
	const auto plain = trimmed(clause->plain);
	if (found.empty() && is_exim && plain.starts_with('['))
		if (const auto address = address_of(plain)) found.push_back(*address);
	// Two different ones: nobody knows which of them the server meant.
	const bool is_one = !found.empty() && std::all_of(found.begin(), found.end(),
	                                                  [&](const Address& a) { return a == found.front(); });
	return is_one ? std::optional(found.front()) : std::nullopt;
}

bool Handover::names(const Address& one) const {
	return std::find(named.begin(), named.end(), one) != named.end();
}

Handover read_received(std::string_view header) {
	Handover handover;
	mime::FieldReader fields(header);
	std::size_t count = 0;
	bool is_lost = false;
	while (const auto field = fields.next()) {
		if (!field->is("Received")) continue;
		if (++count > most_received) break;
		const auto text = mime::unfolded(field->body, longest_received);
		const auto client = text ? client_of(*text) : std::nullopt;
		// Somebody handed it over and nobody knows who: the fields below may be his.
		is_lost = is_lost || (!client && (!text || is_handover(*text)));
		if (!client) continue;
		handover.named.push_back(*client);
		if (handover.address || is_lost || is_inside(*client)) continue;
		// No mail comes from 0.0.0.0 or a multicast address: whatever wrote that cannot be relied on.
		is_lost = !why_special(Prefix::host(*client)).empty();
		if (is_lost) continue;
		handover.address = client;
		if (const auto semicolon = text->rfind(';'); semicolon != text->npos)
			handover.at = mime::parse_date(std::string_view(*text).substr(semicolon + 1));
	}
	return handover;
}

} // namespace gate25::reports
