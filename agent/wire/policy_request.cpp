// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/policy_request.h"

#include "core/text.h"

#include <charconv>
#include <fmt/format.h>

namespace gate25 {
namespace {

constexpr std::string_view protocol = "smtpd_access_policy";
constexpr std::size_t longest_name = 255; // of a user or an instance: longer ones are nobody's

// BDAT (RFC 3030) is another word for DATA, and a mail server that is asked at DATA must not be passed round with it.
MailStage stage_of(std::string_view state) {
	if (state == "RCPT") return MailStage::recipient;
	if (state == "DATA" || state == "BDAT" || state == "END-OF-MESSAGE") return MailStage::content;
	return MailStage::other;
}

tl::unexpected<Error> bad(std::string_view name, std::string_view wanted, std::string_view given) {
	return fail(ErrorKind::bad_input, fmt::format("{}: expected {}, found {}", name, wanted, quoted(given)));
}

Result<void> set_recipients(MailRequest& request, std::string_view value) {
	if (value.empty()) return {};
	std::uint64_t count = 0;
	const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
	const bool is_number = end == value.data() + value.size() && error == std::errc();
	if (!is_number) return bad("recipient_count", "a number", value);
	request.recipients = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, most_recipients));
	return {};
}

// A mail that a program on the mail server's own host handed in has no address, or the word "unknown".
Result<void> set_client(MailRequest& request, std::string_view value) {
	if (value.empty() || value == "unknown") return {};
	const auto address = Address::parse(value);
	if (!address) return bad("client_address", "an IPv4 or IPv6 address", value);
	request.client = *address;
	return {};
}

Result<void> set_name(std::string& name, std::string_view key, std::string_view value) {
	if (value.size() > longest_name) return bad(key, fmt::format("at most {} bytes", longest_name), value);
	name = value;
	return {};
}

Result<void> set(MailRequest& request, std::string_view name, std::string_view value) {
	if (name == "request" && value != protocol) return bad(name, protocol, value);
	if (name == "protocol_state") request.stage = stage_of(value);
	if (name == "client_address") return set_client(request, value);
	if (name == "sasl_username") return set_name(request.user, name, value);
	if (name == "instance") return set_name(request.instance, name, value);
	if (name == "recipient_count") return set_recipients(request, value);
	if (name == "recipient") request.recipient = value;
	return {};
}

// One line of printable ASCII; what is none becomes '?', a line's end a space.
std::string plain(std::string_view text) {
	std::string line;
	for (const char c : text.substr(0, longest_policy_text)) {
		const bool is_space = c == '\n' || c == '\r' || c == '\t';
		line += is_space ? ' ' : c >= ' ' && c <= '~' ? c : '?';
	}
	return line;
}

} // namespace

Result<MailRequest> parse_policy_request(std::string_view text) {
	if (text.size() > longest_policy_request)
		return fail(ErrorKind::bad_input, fmt::format("a request may have {} bytes, this one has {}", longest_policy_request, text.size()));
	if (text.find('\0') != text.npos) return fail(ErrorKind::bad_input, "a request must not hold a NUL");
	MailRequest request;
	bool is_named = false;
	while (!text.empty()) {
		const auto end = text.find('\n');
		const auto line = text.substr(0, end);
		text.remove_prefix(end == text.npos ? text.size() : end + 1);
		const auto equals = line.find('=');
		if (equals == line.npos) return bad("a line", "NAME=VALUE", line);
		const auto name = line.substr(0, equals);
		if (auto done = set(request, name, line.substr(equals + 1)); !done) return fail(done.error());
		is_named = is_named || name == "request";
	}
	if (!is_named) return fail(ErrorKind::bad_input, fmt::format("expected a line request={}, found none", protocol));
	return request;
}

std::string spell_policy_answer(const MailAnswer& answer) {
	switch (answer.kind) {
	case MailAnswer::Kind::pass: break;
	case MailAnswer::Kind::defer: return fmt::format("action=DEFER_IF_PERMIT {}\n\n", plain(answer.text));
	case MailAnswer::Kind::reject: return fmt::format("action=REJECT {}\n\n", plain(answer.text));
	}
	return "action=DUNNO\n\n";
}

} // namespace gate25
