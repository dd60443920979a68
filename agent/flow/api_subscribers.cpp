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

// What is gathered before the whole story is told.
struct SubscriberStory {
	Person person;
	unsigned used = 0;
	History history;
	std::vector<Notice> notices;
	std::vector<AssignmentRow> assignments;
	std::function<void()> done;
	HttpReply reply;
};

namespace {

namespace json = boost::json;

constexpr unsigned most_decisions = 100, most_alerts = 20, most_notices = 20, most_assignments = 50;

double points_value(Points points) {
	return static_cast<double>(points) / static_cast<double>(one_point);
}

template <class Decision> std::vector<Decision> ended_of(std::vector<Decision> decisions) {
	std::erase_if(decisions, [](const Decision& one) { return !one.ended; });
	return decisions;
}

using Story = SubscriberStory;

Error nothing_known(const std::string& id) {
	return {ErrorKind::not_found, "nothing is known of a subscriber \"" + id + "\"; ids are told apart letter by letter, also by their case"};
}

bool is_empty(Agent& agent, const Story& story) {
	const History& history = story.history;
	return !is_known(agent, story.person) && history.quarantines.empty() && history.exemptions.empty() && history.alerts.empty() &&
	       story.notices.empty() && story.assignments.empty();
}

void put_standing(json::object& body, Agent& agent, const Story& story) {
	const Config& config = agent.policy().config();
	const Dossier* dossier = agent.memory().dossiers.find(story.person.key);
	body["score"] = points_value(score_of(config.score, dossier == nullptr ? Tally() : dossier->tally));
	body["threshold"] = points_value(config.score.threshold);
	body["self_release"] = json_of(way_out_of(agent, story.person, story.used));
	const auto grace = grace_until(agent, story.person);
	body["grace_until"] = grace ? json::value(time_text(*grace)) : json::value(nullptr);
	body["grace_seconds_left"] = grace ? json::value((*grace - agent.now().wall).count()) : json::value(nullptr);
	const auto attempts = attempts_of(agent, story.person);
	body["attempts"] = json_of(attempts);
	body["still_misbehaving"] = still_misbehaving(attempts);
}

// Of the file, or, when that cannot be asked, what stands.
void gather_assignments(Agent& agent, const std::shared_ptr<Story>& story) {
	AssignmentStore* store = agent.assignments().store();
	const auto take = [&agent, story](Result<std::vector<AssignmentRow>> rows) {
		if (rows) story->assignments = std::move(*rows);
		else
			for (Assignment& held : agent.assignments().book().of(story->person.key)) story->assignments.push_back({std::move(held), false, false});
		story->done();
	};
	if (store == nullptr) return take(fail(no_assignment_history(agent)));
	AssignmentQuery query;
	query.subscriber = story->person.subscriber;
	query.limit = most_assignments;
	store->history(std::move(query), take);
}

void gather_notices(Agent& agent, const std::shared_ptr<Story>& story) {
	NoticeQuery query;
	query.subject = story->person.key;
	query.limit = most_notices;
	agent.store().notices(std::move(query), [&agent, story](Result<std::vector<Notice>> notices) {
		if (!notices) return story->reply(refusal(notices.error()));
		story->notices = std::move(*notices);
		gather_assignments(agent, story);
	});
}

void gather_history(Agent& agent, const std::shared_ptr<Story>& story) {
	HistoryQuery query;
	query.within = story->person.key;
	query.limit = most_decisions;
	agent.store().history(std::move(query), [&agent, story](Result<History> history) {
		if (!history) return story->reply(refusal(history.error()));
		story->history = std::move(*history);
		gather_notices(agent, story);
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

HttpResponse holder_answer(Agent& agent, const HolderQuestion& question, const std::optional<AssignmentRow>& holder, const std::vector<AssignmentRow>& claims) {
	const AssignmentView view(agent);
	json::object body;
	body["address"] = question.address.text();
	body["port"] = question.port ? json::value(*question.port) : json::value(nullptr);
	body["at"] = time_text(question.at);
	body["holder"] = holder ? json::value(view.object(*holder)) : json::value(nullptr);
	body["claims"] = view.array(claims);
	return answer(200, std::move(body));
}

HttpResponse holder_now(Agent& agent, const HolderQuestion& question) {
	const AssignmentBook& book = agent.assignments().book();
	std::vector<AssignmentRow> claims;
	for (Assignment& claim : book.all_at(question.address))
		if (!question.port || claim.ports.contains(*question.port)) claims.push_back({std::move(claim), false, false});
	auto held = book.find(question.address, question.port);
	return holder_answer(agent, question, held ? std::optional(AssignmentRow{*std::move(held), false, false}) : std::nullopt, claims);
}

// The holder among all rows, which know whether it still stands.
std::optional<AssignmentRow> row_of(const std::optional<Assignment>& holder, const std::vector<AssignmentRow>& rows) {
	if (!holder) return std::nullopt;
	const auto found = std::find_if(rows.begin(), rows.end(), [&](const AssignmentRow& row) {
		const Assignment& one = row.assignment;
		return one.prefix == holder->prefix && one.ports == holder->ports && one.source == holder->source && one.from == holder->from &&
		       one.subscriber == holder->subscriber;
	});
	return found == rows.end() ? AssignmentRow{*holder, false, false} : *found;
}

void ask_claims(Agent& agent, const HolderQuestion& question, const std::optional<Assignment>& holder, const HttpReply& reply) {
	AssignmentQuery query;
	query.overlaps = Prefix::host(question.address);
	query.since = query.to = question.at;
	agent.assignments().store()->history(std::move(query), [&agent, question, holder, reply](Result<std::vector<AssignmentRow>> rows) {
		if (!rows) return reply(refusal(rows.error()));
		std::erase_if(*rows, [&](const AssignmentRow& row) {
			const Assignment& one = row.assignment;
			return !one.prefix.contains(question.address) || (question.port && !one.ports.contains(*question.port));
		});
		std::stable_sort(rows->begin(), rows->end(), [](const AssignmentRow& a, const AssignmentRow& b) {
			return std::pair(b.assignment.prefix.length(), a.assignment.source) < std::pair(a.assignment.prefix.length(), b.assignment.source);
		});
		reply(holder_answer(agent, question, row_of(holder, *rows), *rows));
	});
}

struct Forgetting {
	Person person;
	std::string by;
	std::size_t quarantines = 0, exemptions = 0;
	std::vector<Assignment> assignments; // that stood
	std::uint64_t rows = 0, assignment_rows = 0;
	HttpReply reply;
};

json::object forgotten_object(const Forgetting& forgetting) {
	json::object inner;
	inner["subscriber"] = forgetting.person.subscriber;
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
	const Prefix& key = forgetting.person.key;
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
	// Behind all that waits to be written: a row of his that came later would bring his name back.
	agent.assignments().take({}, [&agent, store, forgetting](const Result<void>& written) {
		if (!written) return forgetting->reply(refusal(written.error()));
		store->forget(forgetting->person.subscriber, [&agent, forgetting](const Result<std::uint64_t>& rows) {
			if (!rows) return forgetting->reply(refusal(rows.error()));
			forgetting->assignment_rows = *rows;
			if (forgetting->rows + *rows == 0)
				return forgetting->reply(refusal(nothing_known(forgetting->person.subscriber)));
			note_forgotten(agent, forgetting);
		});
	});
}

void forget_rows(Agent& agent, const std::shared_ptr<Forgetting>& forgetting) {
	const Prefix key = forgetting->person.key;
	// Between the end of what stood and this moment something may have come.
	if (agent.book().find_quarantine(key) || agent.book().find_exemption(key) || !all_held_by(agent, forgetting->person.subscriber).empty())
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
			if (const auto one = transaction.book().find_quarantine(forgetting->person.key)) {
				transaction.end(*one, forgetting->by, why);
				forgetting->quarantines = 1;
			}
			if (const auto one = transaction.book().find_exemption(forgetting->person.key)) {
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

Result<Person> person_in(Agent& agent, const HttpRequest& request) {
	return person_named(agent, request.path.back());
}

} // namespace

void Api::holder(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"address", "port", "at"}); !checked) return reply(refusal(checked.error()));
	const auto asked = holder_asked_in(request, agent_.now().wall);
	if (!asked) return reply(refusal(asked.error()));
	const HolderQuestion question = asked->question;
	if (asked->is_now) return reply(holder_now(agent_, question));
	AssignmentStore* store = agent_.assignments().store();
	if (store == nullptr) return reply(refusal(no_assignment_history(agent_)));
	store->holders({question}, [this, reply, question](const Result<std::vector<std::optional<Assignment>>>& holders) {
		if (!holders) return reply(refusal(holders.error()));
		ask_claims(agent_, question, holders->front(), reply);
	});
}

json::object Api::story_object(const Story& story) const {
	const Person& person = story.person;
	const Subscriber* row = agent_.memory().subscribers.find(person.key);
	const AssignmentView view(agent_);
	json::object body;
	body["subscriber"] = person.subscriber;
	body["contact"] = contact_json(row != nullptr ? *row : Subscriber{person.subscriber, "", ""});
	body["prefixes"] = view.array(agent_.assignments().book().of(person.key));
	const auto quarantine = agent_.book().find_quarantine(person.key);
	const auto exemption = agent_.book().find_exemption(person.key);
	body["quarantine"] = quarantine ? json::value(shown(*quarantine)) : json::value(nullptr);
	body["exemption"] = exemption ? json::value(shown(*exemption)) : json::value(nullptr);
	body["quarantines"] = all_shown(ended_of(story.history.quarantines));
	body["exemptions"] = all_shown(ended_of(story.history.exemptions));
	auto alerts = story.history.alerts;
	if (alerts.size() > most_alerts) alerts.resize(most_alerts);
	body["alerts"] = all_shown(alerts);
	put_standing(body, agent_, story);
	json::array notices;
	for (const Notice& notice : story.notices) notices.push_back(json_of(notice, story.person.subscriber));
	body["notices"] = std::move(notices);
	body["assignments"] = view.array(story.assignments);
	return body;
}

void Api::subscriber(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {}); !checked) return reply(refusal(checked.error()));
	const auto person = person_in(agent_, request);
	if (!person) return reply(refusal(person.error()));
	auto story = std::make_shared<Story>();
	story->person = *person;
	story->reply = reply;
	story->done = [this, &story = *story] {
		if (is_empty(agent_, story)) return story.reply(refusal(nothing_known(story.person.subscriber)));
		story.reply(answer(200, story_object(story)));
	};
	count_self_releases(agent_, *person, [this, story](const Result<unsigned>& used) {
		if (!used) return story->reply(refusal(used.error()));
		story->used = *used;
		gather_history(agent_, story);
	});
}

void Api::set_contact(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {}); !checked) return reply(refusal(checked.error()));
	const auto person = person_in(agent_, request);
	if (!person) return reply(refusal(person.error()));
	const auto wished = parse_contact(request.body);
	if (!wished) return reply(refusal(wished.error()));
	agent_.change<Subscriber>(
		[person = *person, wished = *wished, by = request.peer.user](Transaction& transaction, const Desk&) -> Result<Subscriber> {
			const Subscriber* before = transaction.memory().subscribers.find(person.key);
			Subscriber contact = before != nullptr ? *before : Subscriber{person.subscriber, "", ""};
			if (wished.mail) contact.mail = *wished.mail;
			if (wished.language) contact.language = *wished.language;
			transaction.put(contact);
			transaction.audit(by, "contact", person.key.text(), "", 0);
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
	const auto person = person_in(agent_, request);
	if (!person) return reply(refusal(person.error()));
	if (agent_.assignments().store() == nullptr) return reply(refusal(no_assignment_history(agent_)));
	auto forgetting = std::make_shared<Forgetting>();
	forgetting->person = *person;
	forgetting->by = request.peer.user;
	forgetting->assignments = all_held_by(agent_, person->subscriber);
	forgetting->reply = reply;
	const std::string stands = what_stands(agent_, *forgetting);
	if (!stands.empty() && force != "true")
		return reply(refusal({ErrorKind::conflict, fmt::format("{} stands for \"{}\": end it first, or ask with force", stands, person->subscriber)}));
	if (stands.empty()) return forget_rows(agent_, forgetting);
	end_all(agent_, forgetting);
}

} // namespace gate25
