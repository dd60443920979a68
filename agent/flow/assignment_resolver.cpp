// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who held an address when something happened there: by what is in memory for what is recent, by the history otherwise.
#include "flow/agent.h"
#include "flow/assignments.h"

#include <fmt/format.h>

namespace gate25 {

namespace {

Holder holder_in(const Assignment& assignment) {
	return {subscriber_key(assignment.subscriber), assignment.subscriber};
}

} // namespace

// Of nobody at that time: who came later is not to be blamed, so a person looks.
Assignments::Answer Assignments::nobody(const HolderQuestion& question) const {
	const Config& config = agent_.policy().config();
	const auto now = book_.find(question.address, question.port);
	const bool is_shared = is_shared_address(config, question.address);
	const std::string when = time_text(question.at);
	if (is_shared && !question.port)
		return {std::nullopt, question.address.text() + " is shared by several subscribers, and the report names no port"};
	if (is_shared)
		return {std::nullopt, fmt::format("nobody is known to have held {} port {} on {}", question.address.text(), *question.port, when)};
	if (now)
		return {std::nullopt, fmt::format("nobody is known to have held {} on {}; another holds it since {}", question.address.text(),
		                                  when, time_text(now->from))};
	if (config.assignments.unknown == UnknownHolder::prefix) return {};
	return {std::nullopt, fmt::format("nobody is known to have held {} on {}", question.address.text(), when)};
}

std::optional<Assignments::Answer> Assignments::holder_now(const HolderQuestion& question) const {
	// Of this very moment the history knows no more than the book; nor does it of what happened since the first event that waits to be
	// written, on a disk that is slow or full.
	constexpr Seconds moment{2};
	const bool is_behind = store_ && writer_->oldest().value_or(UnixTime::max()) <= question.at;
	const bool is_enough = !store_ || is_behind || question.at >= agent_.now().wall - moment;
	// What held then may have ended since: a longer prefix, or the word of a source that comes first.
	if (!is_enough) return std::nullopt;
	const auto standing = book_.find(question.address, question.port);
	if (standing && standing->from <= question.at) return Answer{holder_in(*standing), {}};
	return nobody(question);
}

Holder Assignments::holder_then(const HolderQuestion& question, const Assignment& then) const {
	Holder holder = holder_in(then);
	const auto now = book_.find(question.address, question.port);
	holder.is_there = now && now->subscriber == then.subscriber;
	return holder;
}

bool Assignments::is_used() const {
	const AssignmentRules& rules = agent_.policy().config().assignments;
	return book_.size() > 0 || rules.precedence.size() > 1 || !rules.nat.empty() || rules.unknown == UnknownHolder::aside ||
	       has_history_;
}

void Assignments::holders(std::vector<HolderQuestion> questions, std::function<void(std::vector<Answer>)> done) {
	std::vector<Answer> answers(questions.size());
	if (!is_used()) return done(std::move(answers));
	std::vector<HolderQuestion> open;
	std::vector<std::size_t> places;
	for (std::size_t i = 0; i < questions.size(); ++i) {
		if (auto answer = holder_now(questions[i])) {
			answers[i] = *std::move(answer);
			continue;
		}
		open.push_back(questions[i]);
		places.push_back(i);
	}
	if (open.empty()) return done(std::move(answers));
	auto asked = open;
	store_->holders(std::move(asked), [this, alive = alive_, open = std::move(open), places = std::move(places),
	                                   answers = std::move(answers), done = std::move(done)](const auto& then) mutable {
		if (!*alive) return;
		for (std::size_t i = 0; i < open.size(); ++i) {
			const bool is_known = then && (*then)[i];
			answers[places[i]] = is_known ? Answer{holder_then(open[i], *(*then)[i]), {}} : nobody(open[i]);
			// What cannot be found out now is found out by a person later.
			if (!then) answers[places[i]] = {std::nullopt, "who held the address cannot be looked up: " + then.error().text};
		}
		done(std::move(answers));
	});
}

} // namespace gate25
