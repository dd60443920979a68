// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_sections.h"

namespace gate25::config_file {

namespace {

constexpr unsigned most_corroboration = 100;
constexpr Points most_points = 1000 * one_point;

void read_window(Section& section, std::string_view key, Seconds& out) {
	section.duration(key, out);
	if (out > max_report_memory)
		section.errors().add_expected(*section.find(key), "at most \"" + duration_text(max_report_memory) + '"',
		                              ": older alerts cannot be told apart any more");
}

void read_grace(Section& section, Seconds& out) {
	std::optional<Seconds> grace = out;
	section.duration_or_none("grace", grace);
	out = grace.value_or(Seconds{0});
}

void read_weak_level(Section& section, const Garden& garden, Level usual, Level& out) {
	section.choice("weak_level", level_words, out);
	const Node* node = section.find("weak_level");
	if (node == nullptr) return;
	if (out == Level::garden && !garden.enabled)
		section.errors().add(node->where, "weak_level = \"garden\" needs a section [garden]");
	else if (out > usual)
		section.errors().add(node->where, "weak_level = " + node->spelt() + " is stricter than the level of [quarantine], \"" +
		                                      std::string(word_for(level_words, usual)) +
		                                      "\": weak evidence would do more than good evidence");
}

} // namespace

void read_alerts(Reader& reader, const Garden& garden, const QuarantineRules& quarantine, AlertRules& out) {
	Section section = reader.section("alerts");
	section.choice("mode", mode_words, out.mode);
	section.duration("max_age", out.max_age);
	read_window(section, "duplicates", out.duplicates);
	read_grace(section, out.grace);
	section.number("reporters", 1, most_corroboration, out.reporters);
	section.number("incidents", 1, most_corroboration, out.incidents);
	read_window(section, "within", out.within);
	read_weak_level(section, garden, quarantine.level, out.weak_level);
}

void read_score(Reader& reader, ScoreRules& out) {
	Section section = reader.section("score");
	section.decimal("ham", 0, most_points, out.ham);
	section.decimal("ham_most", 0, most_points, out.ham_most);
	constexpr std::string_view hint = "; what speaks against a subscriber lowers his score";
	section.decimal("spam", -most_points, 0, out.spam, hint);
	section.decimal("missed_spam", -most_points, 0, out.missed_spam, hint);
	section.decimal("bot", -most_points, 0, out.bot, hint);
	section.decimal("malware", -most_points, 0, out.malware, hint);
	section.decimal("threshold", -most_points, 0, out.threshold,
	                "; above 0 a subscriber of whom nothing is known would be below it");
}

} // namespace gate25::config_file
