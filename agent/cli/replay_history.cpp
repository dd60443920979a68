// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/replay_history.h"

#include "cli/body.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace gate25::cli {
namespace {

using Kind = PersonAct::Kind;
using Decisions = std::unordered_map<std::int64_t, const boost::json::object*>; // by number

struct Word {
	std::string_view what; // as the audit has it
	Kind kind;
};
constexpr Word words[]{{"quarantine", Kind::quarantine}, {"quarantine changed", Kind::quarantine},
                       {"release", Kind::release},       {"exempt", Kind::exempt},
                       {"exemption changed", Kind::exempt}, {"unexempt", Kind::unexempt}};

const Word* word_for(std::string_view what) {
	const auto found = std::find_if(std::begin(words), std::end(words), [&](const Word& word) { return word.what == what; });
	return found == std::end(words) ? nullptr : found;
}

Decisions by_number(const boost::json::array& rows) {
	Decisions decisions;
	for (const auto& row : rows)
		if (const auto id = number_at(as_object(row), "id")) decisions.emplace(*id, &as_object(row));
	return decisions;
}

Result<void> read_decision(const boost::json::object& row, PersonAct& act) {
	if (const auto text = text_at(row, "until"); !text.empty()) {
		const auto until = parse_time(text);
		if (!until) return fail(until.error());
		act.until = *until;
	}
	if (act.kind != Kind::quarantine) return {};
	const auto level = parse_level(text_at(row, "level"));
	if (!level) return fail(level.error());
	act.level = *level;
	return {};
}

// An alert may have made it stricter since. Who gave no reason left the level in the audit.
void recall_level(const boost::json::object& line, PersonAct& act) {
	constexpr std::string_view before = "level ";
	const std::string why = text_at(line, "why");
	if (!why.starts_with(before)) return;
	if (const auto level = parse_level(std::string_view(why).substr(before.size()))) act.level = *level;
}

Result<PersonAct> act_of(const boost::json::object& line, Kind kind) {
	PersonAct act;
	act.kind = kind;
	act.id = static_cast<std::uint64_t>(number_at(line, "id").value_or(0));
	act.decision = static_cast<std::uint64_t>(number_at(line, "decision").value_or(0));
	const auto at = parse_time(text_at(line, "at"));
	if (!at) return fail(at.error());
	act.at = *at;
	const auto prefix = Prefix::parse(text_at(line, "subject"));
	if (!prefix) return fail(prefix.error());
	act.prefix = *prefix;
	return act;
}

} // namespace

Result<std::vector<PersonAct>> acts_of(const boost::json::object& history) {
	const Decisions quarantines = by_number(array_at(history, "quarantines"));
	const Decisions exemptions = by_number(array_at(history, "exemptions"));
	const auto& audit = array_at(history, "audit");
	std::vector<PersonAct> acts;
	for (std::size_t i = 0; i < audit.size(); ++i) {
		const auto& line = as_object(audit[i]);
		const Word* word = word_for(text_at(line, "what"));
		if (word == nullptr) continue;
		auto act = act_of(line, word->kind);
		if (!act) return fail(act.error().kind, fmt::format("audit[{}]: {}", i, act.error().text));
		if (act->kind == Kind::quarantine || act->kind == Kind::exempt) {
			const Decisions& decisions = act->kind == Kind::quarantine ? quarantines : exemptions;
			const auto found = decisions.find(static_cast<std::int64_t>(act->decision));
			if (found == decisions.end()) continue; // forgotten already: nobody knows how long it stood
			if (auto read = read_decision(*found->second, *act); !read)
				return fail(read.error().kind, fmt::format("decision {}: {}", act->decision, read.error().text));
			if (act->kind == Kind::quarantine) recall_level(line, *act);
		}
		acts.push_back(*act);
	}
	std::sort(acts.begin(), acts.end(), [](const PersonAct& a, const PersonAct& b) { return a.id < b.id; });
	return acts;
}

} // namespace gate25::cli
