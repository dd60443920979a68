// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the subscriber's portal asks: his state, the way out, and whether a notice is ours. It tells nobody's name but that of
// whom it was asked about.
#include "flow/api.h"
#include "flow/assignments.h"
#include "flow/way_out.h"
#include "wire/notice_facts.h"
#include "wire/answers.h"
#include "wire/subscriber_answers.h"
#include "wire/subscriber_requests.h"

#include <algorithm>

namespace gate25 {
namespace {

namespace json = boost::json;

constexpr std::size_t most_reasons = 5;
constexpr unsigned most_alerts = 200; // that are looked through for them

Result<Person> asked_person(Agent& agent, const SelfReleaseRequest& asked) {
	if (asked.address) return person_at(agent, *asked.address, asked.port);
	auto person = person_named(agent, asked.subscriber);
	if (person && !is_known(agent, *person)) return fail(ErrorKind::not_found, "nothing is known of a subscriber \"" + asked.subscriber + "\"");
	return person;
}

Result<SelfReleaseRequest> asked_in(const HttpRequest& request) {
	SelfReleaseRequest asked;
	const std::string address = query_value(request, "address");
	asked.subscriber = query_value(request, "subscriber");
	if (address.empty() == asked.subscriber.empty())
		return fail(ErrorKind::bad_input, std::string("expected address or subscriber, got ") + (address.empty() ? "neither" : "both"));
	const auto port = port_in(request, "port");
	if (!port) return fail(port.error());
	asked.port = *port;
	if (address.empty()) return asked;
	const auto parsed = Address::parse(address);
	if (!parsed) return fail(ErrorKind::bad_input, "address: " + parsed.error().text);
	asked.address = *parsed;
	return asked;
}

json::array reasons_of(const History& history) {
	json::array reasons;
	for (const AlertRow& row : history.alerts) {
		if (!is_accusation(row.alert.kind) || reasons.size() == most_reasons) continue;
		json::object reason;
		reason["kind"] = kind_text(row.alert.kind);
		reason["words"] = words_for(row.alert.kind);
		reason["at"] = time_text(row.alert.at.value_or(row.received));
		reason["count"] = row.alert.count;
		const std::string evidence = tell_safely(row.alert.evidence);
		reason["evidence"] = evidence.empty() ? json::value(nullptr) : json::value(evidence);
		reasons.push_back(std::move(reason));
	}
	return reasons;
}

// What a person wrote. Of an alert it names the reporter; `reasons` say it in words for the subscriber.
json::value reason_for_him(const Quarantine& quarantine, const History& history) {
	const auto led_to_it = [&](const AlertRow& row) { return row.decision == quarantine.id; };
	if (quarantine.reason.empty() || std::any_of(history.alerts.begin(), history.alerts.end(), led_to_it)) return nullptr;
	return json::value(tell_safely(quarantine.reason));
}

void put_quarantine(json::object& body, const std::vector<Quarantine>& standing, const History& history, const Now& now) {
	for (const char* name : {"level", "reason", "from", "until", "seconds_left"}) body[name] = nullptr;
	if (standing.empty()) return;
	const Quarantine& strictest = standing.front();
	const json::object whole = json_of(strictest, now);
	for (const char* name : {"level", "from", "until", "seconds_left"}) body[name] = whole.at(name);
	body["reason"] = reason_for_him(strictest, history);
}

json::object state_object(Agent& agent, const Person& person, const SelfReleaseRequest& asked, unsigned used, const History& history) {
	const std::vector<Quarantine> standing = standing_for(agent, person);
	const auto grace = standing.empty() ? grace_until(agent, person) : std::nullopt;
	const auto attempts = attempts_of(agent, person);
	json::object body;
	body["subscriber"] = person.subscriber.empty() ? json::value(nullptr) : json::value(person.subscriber);
	body["address"] = asked.address ? json::value(asked.address->text()) : json::value(nullptr);
	body["state"] = !standing.empty() ? "quarantined" : grace ? "grace" : "free";
	put_quarantine(body, standing, history, agent.now());
	body["reasons"] = reasons_of(history);
	body["self_release"] = json_of(way_out_of(agent, person, used));
	body["attempts"] = json_of(attempts);
	body["still_misbehaving"] = still_misbehaving(attempts);
	body["grace_seconds_left"] = grace ? json::value((*grace - agent.now().wall).count()) : json::value(nullptr);
	return body;
}

struct SelfRelease {
	std::vector<Quarantine> released;
	WayOut out;
};

Result<SelfRelease> release_himself(Agent& agent, Transaction& transaction, const Desk& desk, const Person& person, unsigned used) {
	SelfRelease done;
	// Once more: another request may have come first, or the quarantine have become stricter.
	done.out = way_out_of(agent, person, used);
	if (done.out.refused) return done;
	for (const Quarantine& one : standing_for(agent, person)) {
		auto released = desk.release(transaction, std::to_string(one.id), std::string(ended_by_subscriber), "he has ended it himself");
		if (!released) return fail(released.error());
		done.released.insert(done.released.end(), released->begin(), released->end());
	}
	return done;
}

HttpResponse no_way_out(const WayOut& out) {
	json::object error;
	error["code"] = error_code(ErrorKind::conflict);
	error["message"] = out.why;
	json::object body;
	body["error"] = std::move(error);
	body["refused"] = no_way_out_text(*out.refused);
	return answer(http_status(ErrorKind::conflict), std::move(body));
}

json::object released_object(const SelfRelease& done) {
	json::object body;
	json::array released;
	for (const Quarantine& one : done.released) {
		json::object object;
		object["id"] = one.id;
		object["level"] = level_text(one.level);
		object["from"] = time_text(one.from);
		released.push_back(std::move(object));
	}
	body["released"] = std::move(released);
	body["left"] = done.out.left == 0 ? 0 : done.out.left - 1;
	return body;
}

} // namespace

void Api::portal_state(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"address", "port", "subscriber"}); !checked) return reply(refusal(checked.error()));
	const auto asked = asked_in(request);
	if (!asked) return reply(refusal(asked.error()));
	const auto person = asked_person(agent_, *asked);
	if (!person) return reply(refusal(person.error()));
	count_self_releases(agent_, *person, [this, reply, asked = *asked, person = *person](const Result<unsigned>& used) {
		if (!used) return reply(refusal(used.error()));
		const auto standing = standing_for(agent_, person);
		if (standing.empty()) return reply(answer(200, state_object(agent_, person, asked, *used, {})));
		HistoryQuery query;
		query.id = standing.front().id; // and the alerts that led to it
		query.limit = most_alerts;
		agent_.store().history(query, [this, reply, asked, person, used = *used](const Result<History>& history) {
			if (!history) return reply(refusal(history.error()));
			reply(answer(200, state_object(agent_, person, asked, used, *history)));
		});
	});
}

void Api::portal_release(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {}); !checked) return reply(refusal(checked.error()));
	const auto asked = parse_self_release(request.body);
	if (!asked) return reply(refusal(asked.error()));
	const auto person = asked_person(agent_, *asked);
	if (!person) return reply(refusal(person.error()));
	count_self_releases(agent_, *person, [this, reply, person = *person](const Result<unsigned>& used) {
		if (!used) return reply(refusal(used.error()));
		agent_.change<SelfRelease>(
			[this, person, used = *used](Transaction& transaction, const Desk& desk) {
				return release_himself(agent_, transaction, desk, person, used);
			},
			[this, reply](const Result<SelfRelease>& done) {
				if (!done) return reply(refusal(done.error()));
				if (done->out.refused) return reply(no_way_out(done->out));
				for (const Quarantine& one : done->released) {
					agent_.aftercare().watch(one);
					agent_.announce("release", agent_.name_of(one.prefix), "quarantine " + std::to_string(one.id) + " by the subscriber himself");
				}
				reply(answer(200, released_object(*done)));
			});
	});
}

void Api::portal_code(const HttpRequest& request, const HttpReply& reply) {
	NoticeQuery query;
	query.code = request.path.back();
	std::transform(query.code.begin(), query.code.end(), query.code.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
	if (query.code.empty()) return reply(refusal({ErrorKind::bad_input, "expected a code such as K7QF-3M2P"}));
	query.limit = 1;
	agent_.store().notices(query, [this, reply](const Result<std::vector<Notice>>& notices) {
		if (!notices) return reply(refusal(notices.error()));
		json::object body;
		body["known"] = !notices->empty();
		for (const char* name : {"kind", "made", "state"}) body[name] = nullptr;
		if (!notices->empty()) {
			const Notice& notice = notices->front();
			body["kind"] = notice_text(notice.kind);
			body["made"] = time_text(notice.made);
			const auto standing = agent_.book().find_quarantine(notice.subject);
			body["state"] = standing && standing->id == notice.decision ? "stands" : "ended";
		}
		reply(answer(200, std::move(body)));
	});
}

} // namespace gate25
