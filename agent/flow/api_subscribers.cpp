// SPDX-License-Identifier: GPL-2.0-or-later
//
// People, by the API: who held an address, all about one of them, how to reach him, and that he be forgotten.
#include "flow/api.h"
#include "flow/assignment_view.h"
#include "flow/way_out.h"
#include "wire/answers.h"
#include "wire/subscriber_requests.h"

#include <algorithm>
#include <fmt/format.h>

namespace gate25 {
namespace {

namespace json = boost::json;

constexpr unsigned most_decisions = 100, most_alerts = 20, most_notices = 20, most_assignments = 50;

double points_value(Points points) {
	return static_cast<double>(points) / static_cast<double>(one_point);
}

template <class Decision> json::array ended_of(const std::vector<Decision>& decisions, const Now& now) {
	json::array array;
	for (const Decision& one : decisions)
		if (one.ended) array.push_back(json_of(one, now));
	return array;
}

// What is gathered before the whole story is told.
struct Story {
	Subject subject;
	unsigned used = 0;
	History history;
	std::vector<Notice> notices;
	std::vector<Assignment> assignments;
};

bool is_empty(Agent& agent, const Story& story) {
	const History& history = story.history;
	return !is_known(agent, story.subject) && history.quarantines.empty() && history.exemptions.empty() && history.alerts.empty() &&
	       story.notices.empty() && story.assignments.empty();
}

void put_decisions(json::object& body, Agent& agent, const Story& story) {
	const Now now = agent.now();
	const auto quarantine = agent.book().find_quarantine(story.subject.key);
	const auto exemption = agent.book().find_exemption(story.subject.key);
	body["quarantine"] = quarantine ? json::value(json_of(*quarantine, now)) : json::value(nullptr);
	body["exemption"] = exemption ? json::value(json_of(*exemption, now)) : json::value(nullptr);
	body["quarantines"] = ended_of(story.history.quarantines, now);
	body["exemptions"] = ended_of(story.history.exemptions, now);
	json::array alerts;
	for (const AlertRow& row : story.history.alerts)
		if (alerts.size() < most_alerts) alerts.push_back(json_of(row));
	body["alerts"] = std::move(alerts);
}

void put_standing(json::object& body, Agent& agent, const Story& story) {
	const Config& config = agent.policy().config();
	const Dossier* dossier = agent.memory().dossiers.find(story.subject.key);
	body["score"] = points_value(score_of(config.score, dossier == nullptr ? Tally() : dossier->tally));
	body["threshold"] = points_value(config.score.threshold);
	body["self_release"] = json_of(way_out_of(agent, story.subject, story.used));
	const auto grace = grace_until(agent, story.subject);
	body["grace_until"] = grace ? json::value(time_text(*grace)) : json::value(nullptr);
	body["grace_seconds_left"] = grace ? json::value((*grace - agent.now().wall).count()) : json::value(nullptr);
	const auto attempts = attempts_of(agent, story.subject);
	body["attempts"] = json_of(attempts);
	body["still_misbehaving"] = still_misbehaving(attempts);
}

HttpResponse told(Agent& agent, const Story& story) {
	const std::string& id = story.subject.subscriber;
	if (is_empty(agent, story))
		return refusal({ErrorKind::not_found, "nothing is known of a subscriber \"" + id + "\"; ids are told apart letter by letter, also by their case"});
	const Subscriber* row = agent.memory().subscribers.find(story.subject.key);
	const AssignmentView view(agent);
	json::object body;
	body["subscriber"] = id;
	body["key"] = story.subject.key.text();
	body["contact"] = contact_json(row != nullptr ? *row : Subscriber{id, "", ""});
	body["prefixes"] = view.array(agent.assignments().book().of(story.subject.key));
	put_decisions(body, agent, story);
	put_standing(body, agent, story);
	json::array notices;
	for (const Notice& notice : story.notices) notices.push_back(story_json(notice));
	body["notices"] = std::move(notices);
	body["assignments"] = view.array(story.assignments);
	return answer(200, std::move(body));
}

// Of the file, or, when that cannot be asked, what stands.
void gather_assignments(Agent& agent, const std::shared_ptr<Story>& story, const HttpReply& reply) {
	AssignmentStore* store = agent.assignments().store();
	const auto tell = [&agent, story, reply](Result<std::vector<Assignment>> rows) {
		story->assignments = rows ? std::move(*rows) : agent.assignments().book().of(story->subject.key);
		reply(told(agent, *story));
	};
	if (store == nullptr) return tell(fail(no_assignment_history(agent)));
	AssignmentQuery query;
	query.subscriber = story->subject.subscriber;
	query.limit = most_assignments;
	store->history(std::move(query), tell);
}

void gather_notices(Agent& agent, const std::shared_ptr<Story>& story, const HttpReply& reply) {
	NoticeQuery query;
	query.subject = story->subject.key;
	query.limit = most_notices;
	agent.store().notices(std::move(query), [&agent, story, reply](Result<std::vector<Notice>> notices) {
		if (!notices) return reply(refusal(notices.error()));
		story->notices = std::move(*notices);
		gather_assignments(agent, story, reply);
	});
}

void gather_history(Agent& agent, const std::shared_ptr<Story>& story, const HttpReply& reply) {
	HistoryQuery query;
	query.within = story->subject.key;
	query.limit = most_decisions;
	agent.store().history(std::move(query), [&agent, story, reply](Result<History> history) {
		if (!history) return reply(refusal(history.error()));
		story->history = std::move(*history);
		gather_notices(agent, story, reply);
	});
}

// Who held it: one question, answered from memory or from the file.
struct HolderAsked {
	HolderQuestion question;
	bool is_now = true;
};

Result<HolderAsked> holder_asked_in(const HttpRequest& request, UnixTime now) {
	const auto address = Address::parse(query_value(request, "address"));
	if (!address) return fail(ErrorKind::bad_input, "address: " + address.error().text);
	const auto port = port_in(request, "port");
	if (!port) return fail(port.error());
	const auto at = time_in(request, "at");
	if (!at) return fail(at.error());
	if (*at && **at > now) return fail(ErrorKind::bad_input, "at: nobody knows who will hold it at " + time_text(**at));
	return HolderAsked{{*address, *port, at->value_or(now)}, !*at};
}

HttpResponse holder_answer(Agent& agent, const HolderQuestion& question, const std::optional<Assignment>& holder, const std::vector<Assignment>& claims) {
	const AssignmentView view(agent);
	json::object body;
	body["address"] = question.address.text();
	body["port"] = question.port ? json::value(*question.port) : json::value(nullptr);
	body["at"] = time_text(question.at);
	body["holder"] = holder ? json::value(view.object(*holder)) : json::value(nullptr);
	body["claims"] = view.array(claims);
	return answer(200, std::move(body));
}

void ask_claims(Agent& agent, const HolderQuestion& question, const std::optional<Assignment>& holder, const HttpReply& reply) {
	AssignmentQuery query;
	query.overlaps = Prefix::host(question.address);
	query.since = query.to = question.at;
	agent.assignments().store()->history(std::move(query), [&agent, question, holder, reply](Result<std::vector<Assignment>> rows) {
		if (!rows) return reply(refusal(rows.error()));
		std::erase_if(*rows, [&](const Assignment& one) {
			return !one.prefix.contains(question.address) || (question.port && !one.ports.contains(*question.port));
		});
		std::stable_sort(rows->begin(), rows->end(), [](const Assignment& a, const Assignment& b) {
			return std::pair(b.prefix.length(), a.source) < std::pair(a.prefix.length(), b.source);
		});
		reply(holder_answer(agent, question, holder, *rows));
	});
}

struct Forgetting {
	Subject subject;
	std::string by;
	std::size_t quarantines = 0, exemptions = 0;
	std::vector<Assignment> assignments; // that stood
	std::uint64_t rows = 0, assignment_rows = 0;
	HttpReply reply;
};

json::object forgotten_object(const Forgetting& forgetting) {
	json::object inner;
	inner["subscriber"] = forgetting.subject.subscriber;
	inner["quarantines"] = forgetting.quarantines;
	inner["exemptions"] = forgetting.exemptions;
	inner["assignments"] = forgetting.assignments.size();
	inner["rows"] = forgetting.rows;
	inner["assignment_rows"] = forgetting.assignment_rows;
	json::object body;
	body["forgotten"] = std::move(inner);
	return body;
}

// By all sources, also those that do not come first.
std::vector<Assignment> all_held_by(Agent& agent, const std::string& id) {
	std::vector<Assignment> held;
	agent.assignments().book().each([&](const Assignment& one) {
		if (one.subscriber == id) held.push_back(one);
	});
	return held;
}

std::string what_stands(Agent& agent, const Forgetting& forgetting) {
	const Prefix& key = forgetting.subject.key;
	if (agent.book().find_quarantine(key)) return "a quarantine";
	if (agent.book().find_exemption(key)) return "an exemption";
	return forgetting.assignments.empty() ? "" : "an assignment, " + forgetting.assignments.front().prefix.text() + ",";
}

// That somebody was forgotten is kept, and not who.
void note_forgotten(Agent& agent, const std::shared_ptr<Forgetting>& forgetting) {
	agent.change<bool>(
		[forgetting](Transaction& transaction, const Desk&) -> Result<bool> {
			transaction.audit(forgetting->by, "forget", "", fmt::format("{} rows, and {} of assignments", forgetting->rows, forgetting->assignment_rows), 0);
			return true;
		},
		[&agent, forgetting](const Result<bool>& noted) {
			if (!noted) return forgetting->reply(refusal(noted.error()));
			agent.announce("forget", "", "a subscriber by " + forgetting->by);
			forgetting->reply(answer(200, forgotten_object(*forgetting)));
		});
}

void forget_assignments(Agent& agent, const std::shared_ptr<Forgetting>& forgetting) {
	AssignmentStore* store = agent.assignments().store();
	if (store == nullptr) return forgetting->reply(refusal(no_assignment_history(agent)));
	store->forget(forgetting->subject.subscriber, [&agent, forgetting](const Result<std::uint64_t>& rows) {
		if (!rows) return forgetting->reply(refusal(rows.error()));
		forgetting->assignment_rows = *rows;
		if (forgetting->rows + *rows == 0)
			return forgetting->reply(refusal({ErrorKind::not_found, "nothing is known of a subscriber \"" + forgetting->subject.subscriber + "\""}));
		note_forgotten(agent, forgetting);
	});
}

void forget_rows(Agent& agent, const std::shared_ptr<Forgetting>& forgetting) {
	const Prefix key = forgetting->subject.key;
	// Between the end of what stood and this moment something may have come.
	if (agent.book().find_quarantine(key) || agent.book().find_exemption(key) || !all_held_by(agent, forgetting->subject.subscriber).empty())
		return forgetting->reply(refusal({ErrorKind::conflict, "something new has come to stand for him meanwhile; try again"}));
	agent.store().forget(key, [&agent, forgetting](const Result<std::uint64_t>& rows) {
		if (!rows) return forgetting->reply(refusal(rows.error()));
		forgetting->rows = *rows;
		forget_assignments(agent, forgetting);
	});
	agent.forget(key); // after the store was asked: what is decided from now on finds neither
}

void end_all(Agent& agent, const std::shared_ptr<Forgetting>& forgetting) {
	agent.change<bool>(
		[&agent, forgetting](Transaction& transaction, const Desk&) -> Result<bool> {
			const std::string why = "he is forgotten";
			if (const auto one = transaction.book().find_quarantine(forgetting->subject.key)) {
				transaction.end(*one, forgetting->by, why);
				forgetting->quarantines = 1;
			}
			if (const auto one = transaction.book().find_exemption(forgetting->subject.key)) {
				transaction.end(*one, forgetting->by, why);
				forgetting->exemptions = 1;
			}
			return true;
		},
		[&agent, forgetting](const Result<bool>& ended) {
			if (!ended) return forgetting->reply(refusal(ended.error()));
			end_assignments(agent, forgetting->assignments, [&agent, forgetting](const Result<void>& done) {
				if (!done) return forgetting->reply(refusal(done.error()));
				forget_rows(agent, forgetting);
			});
		});
}

Result<Subject> subject_in(Agent& agent, const HttpRequest& request) {
	return subject_named(agent, request.path.back());
}

} // namespace

void Api::holder(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"address", "port", "at"}); !checked) return reply(refusal(checked.error()));
	const auto asked = holder_asked_in(request, agent_.now().wall);
	if (!asked) return reply(refusal(asked.error()));
	const HolderQuestion question = asked->question;
	const AssignmentBook& book = agent_.assignments().book();
	if (asked->is_now) return reply(holder_answer(agent_, question, book.find(question.address, question.port), book.all_at(question.address)));
	AssignmentStore* store = agent_.assignments().store();
	if (store == nullptr) return reply(refusal(no_assignment_history(agent_)));
	store->holders({question}, [this, reply, question](const Result<std::vector<std::optional<Assignment>>>& holders) {
		if (!holders) return reply(refusal(holders.error()));
		ask_claims(agent_, question, holders->front(), reply);
	});
}

void Api::subscriber(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {}); !checked) return reply(refusal(checked.error()));
	const auto subject = subject_in(agent_, request);
	if (!subject) return reply(refusal(subject.error()));
	auto story = std::make_shared<Story>();
	story->subject = *subject;
	count_self_releases(agent_, *subject, [this, story, reply](const Result<unsigned>& used) {
		if (!used) return reply(refusal(used.error()));
		story->used = *used;
		gather_history(agent_, story, reply);
	});
}

void Api::set_contact(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {}); !checked) return reply(refusal(checked.error()));
	const auto subject = subject_in(agent_, request);
	if (!subject) return reply(refusal(subject.error()));
	const auto wished = parse_contact(request.body);
	if (!wished) return reply(refusal(wished.error()));
	agent_.change<Subscriber>(
		[subject = *subject, wished = *wished, by = request.peer.user](Transaction& transaction, const Desk&) -> Result<Subscriber> {
			const Subscriber* before = transaction.memory().subscribers.find(subject.key);
			Subscriber contact = before != nullptr ? *before : Subscriber{subject.subscriber, "", ""};
			if (wished.mail) contact.mail = *wished.mail;
			if (wished.language) contact.language = *wished.language;
			transaction.put(contact);
			transaction.audit(by, "contact", subject.key.text(), "", 0);
			return contact;
		},
		[reply](const Result<Subscriber>& contact) {
			if (!contact) return reply(refusal(contact.error()));
			json::object body;
			body["contact"] = contact_json(*contact);
			reply(answer(200, std::move(body)));
		});
}

void Api::forget(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"force"}); !checked) return reply(refusal(checked.error()));
	const std::string force = query_value(request, "force");
	if (!force.empty() && force != "true" && force != "false")
		return reply(refusal({ErrorKind::bad_input, "force must be true or false, got \"" + force + "\""}));
	const auto subject = subject_in(agent_, request);
	if (!subject) return reply(refusal(subject.error()));
	if (agent_.assignments().store() == nullptr) return reply(refusal(no_assignment_history(agent_)));
	auto forgetting = std::make_shared<Forgetting>();
	forgetting->subject = *subject;
	forgetting->by = request.peer.user;
	forgetting->assignments = all_held_by(agent_, subject->subscriber);
	forgetting->reply = reply;
	const std::string stands = what_stands(agent_, *forgetting);
	if (!stands.empty() && force != "true")
		return reply(refusal({ErrorKind::conflict, fmt::format("{} stands for \"{}\": end it first, or ask with force", stands, subject->subscriber)}));
	if (stands.empty()) return forget_rows(agent_, forgetting);
	end_all(agent_, forgetting);
}

} // namespace gate25
