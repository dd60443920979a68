// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where notices go: mail addresses, mail servers, URLs, languages. Strict, since all of it ends up in commands of SMTP
// and in header fields, where a line end would begin another one (RFC 5321 4.1.2, RFC 5322 3.4, RFC 3986).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gate25 {

struct Mailbox {
	std::string name;    // UTF-8 without control characters; may be empty
	std::string address; // ASCII
};

// "Example Net <abuse@example.net>", or the address alone.
std::optional<Mailbox> parse_mailbox(std::string_view text);

// "{subscriber}@customers.example" with the subscriber's id in it. nullopt: no address comes of it, since the id cannot
// stand there (RFC 5321 4.1.2, Dot-string) or is too long. Never with what an id has smuggled in.
std::optional<std::string> mail_to_of(std::string_view pattern, std::string_view subscriber);

// "smtp://192.0.2.25:25", "smtps://relay.example": no user, no path.
bool is_mail_server(std::string_view text);

// "https://tickets.example/gate25?queue=abuse", http or https: no user, no fragment, ASCII without blanks.
bool is_web_address(std::string_view text);

// "en", "pt-br": a part of a path too, so letters, digits and single dashes only.
bool is_language(std::string_view text);

} // namespace gate25
