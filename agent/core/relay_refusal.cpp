// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/relay_refusal.h"

namespace gate25 {
namespace {

constexpr long minute = 60, hour = 3600;

// Up to an hour and a half in minutes, then in hours; rounded up, since who comes too early is refused again.
std::string about(Seconds wait) {
	const long unit = wait.count() > hour + hour / 2 ? hour : minute;
	const long count = (wait.count() + unit - 1) / unit;
	const std::string word = unit == hour ? "hour" : "minute";
	return count <= 1 ? "a " + word : std::to_string(count) + " " + word + "s";
}

std::string counted(std::uint32_t count, bool is_recipients) {
	return std::to_string(count) + (is_recipients ? " recipient" : " message") + (count == 1 ? "" : "s");
}

// "From your line mail has been sent to 200 recipients": several people may share a line, and who authenticated himself
// is one.
std::string sent(const MailSender& sender, std::uint32_t count, bool is_recipients) {
	const std::string what = counted(count, is_recipients);
	if (sender.key.is_user()) return "You have sent " + (is_recipients ? "mail to " + what : what);
	if (is_recipients) return "From your line mail has been sent to " + what;
	return "From your line " + what + (count == 1 ? " has" : " have") + " been sent";
}

std::string sentence(const MailExcess& excess) {
	const Limit& limit = excess.limit.limit;
	const bool is_recipients = is_second(limit.quantity);
	const std::string within = " within " + std::string(limit.per == Window::hour ? "an " : "a ") + std::string(window_text(limit.per));
	if (is_hopeless(excess))
		return "This message is for " + counted(excess.more, is_recipients) + ", the limit of your provider is " +
		       std::to_string(limit.most) + within + ". Please send it to fewer at a time.";
	if (excess.more == 1) return sent(excess.sender, limit.most, is_recipients) + within + ", that is the limit of your provider.";
	return sent(excess.sender, excess.value, is_recipients) + within + ", and this message is for " + std::to_string(excess.more) +
	       " more: the limit of your provider is " + std::to_string(limit.most) + ".";
}

} // namespace

MailAnswer mail_refusal(const MailExcess& excess, const std::string& help) {
	MailAnswer answer;
	const bool is_final = is_hopeless(excess);
	answer.kind = is_final || excess.limit.answer == RelayAnswer::reject ? MailAnswer::Kind::reject : MailAnswer::Kind::defer;
	answer.text = (answer.kind == MailAnswer::Kind::reject ? "5.7.1 " : "4.7.1 ") + sentence(excess);
	if (!is_final) answer.text += " Please try again in about " + about(excess.wait) + ".";
	if (!help.empty()) answer.text += " Help: " + help;
	return answer;
}

} // namespace gate25
