// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/subscriber_view.h"

#include "cli/assignment_view.h"
#include "cli/body.h"
#include "cli/decisions.h"
#include "cli/notice_view.h"
#include "cli/table.h"
#include "cli/text.h"
#include "cli/when.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

using boost::json::array;
using boost::json::object;

std::string times(unsigned long long number) {
	if (number == 1) return "once";
	return number == 2 ? "twice" : grouped(number) + " times";
}

void sentence(const Screen& screen, const std::string& text) {
	if (!text.empty()) screen.out << "  " << wrapped(text, screen.table_width() > 20 ? screen.table_width() - 2 : 0, 2) << '\n';
}

void title(const Screen& screen, std::string_view text) {
	screen.out << '\n' << screen.paint(Color::bold, text) << '\n';
}

// gate25(1), LEVELS, in the words of the telephone.
std::string left_to_him(std::string_view level) {
	struct Words {
		std::string_view level, words;
	};
	constexpr std::array known{Words{"notify", "nothing is refused, he was only told"},
	                           Words{"limit", "a few new mail connections an hour, all else as always"},
	                           Words{"port25", "mail on port 25 through the relay only, all else as always"},
	                           Words{"mail", "no mail but through the relay, all else as always"},
	                           Words{"garden", "only the pages of the garden, with the portal"}};
	const auto* found = std::find_if(known.begin(), known.end(), [level](const Words& w) { return w.level == level; });
	return std::string(found == known.end() ? "" : found->words);
}

std::string end_of(const object& decision) {
	const auto left = number_at(decision, "seconds_left");
	if (!left) return "It has no end of its own: somebody must end it.";
	return fmt::format("It ends by itself in {}, {}.", span_text(*left), moment(text_at(decision, "until")));
}

void print_contact(const Screen& screen, const object& contact) {
	const auto mail = text_at(contact, "mail"), language = text_at(contact, "language");
	if (mail.empty() && language.empty()) return;
	sentence(screen, fmt::format("Notices go {}{}.", mail.empty() ? "where [notices] says" : "to " + mail,
	                             language.empty() ? "" : ", in " + language));
}

void print_quarantine(const Screen& screen, const object& quarantine) {
	const auto level = text_at(quarantine, "level"), ticket = text_at(quarantine, "ticket"), reason = text_at(quarantine, "reason");
	sentence(screen, fmt::format("{} at level {} since {}: {}.", screen.paint(color_of_level(level), "In quarantine"), level,
	                             moment(text_at(quarantine, "from")), left_to_him(level)));
	if (is_monitored(quarantine)) sentence(screen, "In monitor mode: it is only recorded and nothing is refused.");
	sentence(screen, fmt::format("Why: {} (number {}, by {}{}).", reason.empty() ? "nobody has written why" : reason, text_at(quarantine, "id"),
	                             text_at(quarantine, "by"), ticket.empty() ? "" : ", ticket " + ticket));
	sentence(screen, end_of(quarantine));
}

void print_way_out(const Screen& screen, const object& release, bool is_in) {
	const auto used = count_at(release, "used"), left = count_at(release, "left");
	const auto before = used > 0 ? fmt::format("He let himself out {} of late. ", times(used)) : "";
	if (is_true_at(release, "allowed")) {
		sentence(screen, before + fmt::format("He may let himself out {}{}.", times(left), used > 0 ? " more" : ""));
	} else if (is_in) {
		sentence(screen, before + fmt::format("He cannot let himself out, and is told: \"{}\".", text_at(release, "why")));
	} else {
		sentence(screen, before);
	}
}

// Whether it goes on: what the desk asks first.
void print_attempts(const Screen& screen, const object& story) {
	const auto& attempts = object_at(story, "attempts");
	if (attempts.empty()) {
		sentence(screen, "Whether his line still tries port 25 is not known: nothing is counted without [volume].");
		return;
	}
	const auto hour = count_at(attempts, "hour"), minutes = count_at(attempts, "ten_minutes");
	const auto last = text_at(attempts, "last");
	if (is_true_at(story, "still_misbehaving")) {
		sentence(screen, screen.paint(Color::red, "It goes on") +
		                     fmt::format(": {} at port 25 within the last ten minutes, {} within the hour.", counted(minutes, "attempt"), grouped(hour)));
	} else if (hour > 0) {
		sentence(screen, fmt::format("Quiet for ten minutes, after {} at port 25 within the hour; the last one {}.", counted(hour, "attempt"), moment(last)));
	} else {
		sentence(screen, screen.paint(Color::green, "Quiet") +
		                     (last.empty() ? ": no attempt at port 25 of late." : fmt::format(" since {}.", moment(last))));
	}
}

// What he was told of what stands.
void print_told(const Screen& screen, const object& story) {
	const auto decision = text_at(object_at(story, "quarantine"), "id");
	std::string told;
	for (const auto& value : array_at(story, "notices")) {
		const auto& notice = as_object(value);
		if (decision.empty() || text_at(notice, "decision") != decision || text_at(notice, "channel") != "mail") continue;
		told = fmt::format("He was told {}: {}; the code in it is {}.", notice_way(notice), notice_state(notice), text_at(notice, "code"));
		break;
	}
	if (!decision.empty()) sentence(screen, told.empty() ? "No mail told him of it." : told);
}

void print_exemption(const Screen& screen, const object& exemption, bool is_in) {
	const auto owner = text_at(exemption, "owner"), reason = text_at(exemption, "reason");
	sentence(screen, fmt::format("Exempt (number {}{}){}{}. {}", text_at(exemption, "id"), owner.empty() ? "" : ", " + owner,
	                             is_in ? ", which waits behind the quarantine" : "", reason.empty() ? "" : ": " + reason, end_of(exemption)));
}

// Decided of what he holds and not of him; it stays there when he goes.
void print_of_prefix(const Screen& screen, const object& quarantine) {
	const auto level = text_at(quarantine, "level"), reason = text_at(quarantine, "reason");
	sentence(screen, fmt::format("{}, whoever holds it, is {} at level {} since {} (number {}){}. {} The stricter level counts.",
	                             text_at(quarantine, "prefix"), screen.paint(color_of_level(level), "in quarantine"), level,
	                             moment(text_at(quarantine, "from")), text_at(quarantine, "id"), reason.empty() ? "" : ": " + reason,
	                             end_of(quarantine)));
}

void print_now(const Screen& screen, const object& story) {
	const auto& quarantine = object_at(story, "quarantine");
	const auto& exemption = object_at(story, "exemption");
	if (!quarantine.empty()) print_quarantine(screen, quarantine);
	if (!exemption.empty()) print_exemption(screen, exemption, !quarantine.empty());
	const auto& of_prefixes = array_at(story, of_prefixes_key);
	for (const auto& value : of_prefixes) print_of_prefix(screen, as_object(value));
	if (quarantine.empty() && exemption.empty() && of_prefixes.empty()) sentence(screen, screen.paint(Color::green, "Nothing stands against him."));
	if (const auto left = number_at(story, "grace_seconds_left"); left && quarantine.empty())
		sentence(screen, fmt::format("Let out not long ago: for {} more late reports do not put him back.", span_text(*left)));
	print_told(screen, story);
	print_way_out(screen, object_at(story, "self_release"), !quarantine.empty());
	print_attempts(screen, story);
}

void print_holdings(const Screen& screen, const object& story, UnixTime now) {
	const auto& prefixes = array_at(story, "prefixes");
	screen.out << '\n';
	if (prefixes.empty()) {
		screen.out << "He holds no address now. What stands against him waits for his next one.\n";
		return;
	}
	screen.out << holdings_table(screen, prefixes, now);
}

std::string how_it_ended(const object& quarantine) {
	const auto by = text_at(quarantine, "ended_by"), reason = text_at(quarantine, "ended_reason");
	if (by == "expired") return "by time";
	if (by == "subscriber") return "by himself";
	return fmt::format("by {}{}{}", by, reason.empty() ? "" : ": ", reason);
}

std::string duration_of(const object& quarantine) {
	const auto from = parse_time(text_at(quarantine, "from")), ended = parse_time(text_at(quarantine, "ended"));
	return from && ended ? span_text((*ended - *from).count()) : "";
}

void print_earlier(const Screen& screen, const array& quarantines) {
	if (quarantines.empty()) return;
	title(screen, fmt::format("Earlier: {}", counted(quarantines.size(), "quarantine")));
	Table table({{"FROM"}, {"LASTED", 3}, {"LEVEL"}, {"ENDED", 0, 12}, {"NUMBER", 4, 0, true}, {"WHY", 1, 16}});
	for (const auto& value : quarantines) {
		const auto& one = as_object(value);
		table.add({moment(text_at(one, "from")), duration_of(one), text_at(one, "level"), how_it_ended(one), text_at(one, "id"),
		           text_at(one, "reason")});
	}
	screen.out << table.text(screen);
}

std::string points(const object& of, std::string_view key) {
	const auto* value = of.if_contains(key);
	boost::system::error_code error;
	const auto number = value == nullptr ? 0.0 : value->to_number<double>(error);
	return fmt::format("{:.2f}", error ? 0.0 : number);
}

std::string without_zeros(std::string text) {
	while (text.ends_with('0')) text.pop_back();
	if (text.ends_with('.')) text.pop_back();
	return text == "-0" ? "0" : text;
}

void print_alerts(const Screen& screen, const object& story) {
	const auto& alerts = array_at(story, "alerts");
	if (alerts.empty()) {
		screen.out << "\nNo alert about him is kept.\n";
		return;
	}
	title(screen, fmt::format("What was said of him: score {}, and below {} is quarantine", without_zeros(points(story, "score")),
	                          without_zeros(points(story, "threshold"))));
	Table table({{"RECEIVED"}, {"KIND"}, {"COUNT", 4, 0, true}, {"ADDRESS", 3}, {"FROM", 2, 8}, {"OUTCOME"}, {"WHY", 1, 16}});
	for (const auto& value : alerts) {
		const auto& one = as_object(value);
		const auto name = text_at(object_at(one, "attribution"), "name");
		table.add({moment(text_at(one, "received")), text_at(one, "kind"), text_at(one, "count"), text_at(one, "address"),
		           name.empty() ? text_at(one, "reporter") : name, text_at(one, "outcome"), text_at(one, "why")});
	}
	screen.out << table.text(screen);
}

void print_notices(const Screen& screen, const array& notices) {
	if (notices.empty()) return;
	title(screen, "What he was told");
	screen.out << notice_table(screen, notices);
}

// Only what he does not hold any more: the rest stands above.
void print_past(const Screen& screen, const array& assignments) {
	Table table({{"HELD"}, {"FROM"}, {"UNTIL"}, {"BY", 1}});
	for (const auto& value : assignments) {
		const auto& one = as_object(value);
		if (!is_true_at(one, "stands"))
			table.add({held_at(one), moment(text_at(one, "from")), moment(text_at(one, "until")), text_at(one, "source")});
	}
	if (table.is_empty()) return;
	title(screen, "What he held before");
	screen.out << table.text(screen);
}

} // namespace

void print_story(const Screen& screen, const object& story, UnixTime now) {
	screen.out << screen.paint(Color::bold, fmt::format("Subscriber {}", text_at(story, "subscriber"))) << '\n';
	print_contact(screen, object_at(story, "contact"));
	print_now(screen, story);
	print_holdings(screen, story, now);
	print_earlier(screen, array_at(story, "quarantines"));
	print_alerts(screen, story);
	print_notices(screen, array_at(story, "notices"));
	print_past(screen, array_at(story, "assignments"));
}

} // namespace gate25::cli
