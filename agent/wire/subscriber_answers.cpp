// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/subscriber_answers.h"

#include "core/subscriber_key.h"
#include "wire/or_null.h"

namespace gate25 {

namespace json = boost::json;

json::object json_of(const Assignment& assignment, const AssignmentState& state) {
	json::object object;
	object["prefix"] = assignment.prefix.text();
	object["ports"] = text_or_null(assignment.ports.text());
	object["subscriber"] = assignment.subscriber;
	object["source"] = state.source;
	object["from"] = time_text(assignment.from);
	object["seen"] = time_text(assignment.seen);
	object["until"] = time_or_null(assignment.until);
	object["stands"] = state.stands;
	object["aged"] = state.is_aged;
	object["enforced"] = state.is_enforced;
	return object;
}

json::object json_of(const SourceHealth& health) {
	json::object object;
	object["name"] = health.name;
	object["kind"] = health.kind;
	object["heard"] = time_or_null(health.heard);
	object["silent"] = health.is_silent;
	object["assignments"] = health.assignments;
	object["claims"] = health.claims;
	object["began"] = health.began;
	object["ended"] = health.ended;
	object["refreshed"] = health.refreshed;
	object["conflicts"] = health.conflicts;
	object["stale"] = health.stale;
	object["outside"] = health.outside;
	object["uncovered"] = health.uncovered;
	object["malformed"] = health.own.malformed;
	object["forged"] = health.own.forged;
	object["repeated"] = health.own.repeated;
	object["odd_times"] = health.own.odd_times;
	object["problem"] = text_or_null(health.own.problem);
	return object;
}

json::object json_of(const AssignmentStoreHealth& health) {
	json::object object;
	object["ok"] = health.is_writable;
	object["problem"] = text_or_null(health.problem);
	object["warning"] = text_or_null(health.warning);
	object["bytes"] = health.bytes;
	object["waiting"] = health.waiting;
	object["commits"] = health.commits;
	object["failures"] = health.failures;
	object["oldest"] = time_or_null(health.oldest);
	return object;
}

json::object contact_json(const Subscriber& subscriber) {
	json::object object;
	object["subscriber"] = subscriber.id;
	object["mail"] = text_or_null(subscriber.mail);
	object["language"] = text_or_null(subscriber.language);
	return object;
}

json::object json_of(const Notice& notice, const std::string& subscriber) {
	json::object object;
	object["id"] = notice.id;
	object["made"] = time_text(notice.made);
	object["kind"] = notice_text(notice.kind);
	object["state"] = notice_state_text(notice.state);
	object["subscriber"] = text_or_null(subscriber);
	object["prefix"] = is_subscriber_key(notice.subject) ? json::value(nullptr) : json::value(notice.subject.text());
	object["decision"] = notice.decision;
	object["channel"] = notice.channel;
	object["to"] = text_or_null(notice.to);
	object["code"] = notice.code;
	object["tries"] = notice.tries;
	object["due"] = time_text(notice.due);
	object["problem"] = text_or_null(notice.problem);
	object["ended"] = time_or_null(notice.ended);
	return object;
}

json::object json_of(const WayOut& out) {
	json::object object;
	object["allowed"] = !out.refused;
	object["used"] = out.used;
	object["left"] = out.left;
	object["refused"] = out.refused ? json::value(no_way_out_text(*out.refused)) : json::value(nullptr);
	object["why"] = out.why;
	return object;
}

json::value json_of(const std::optional<Attempts>& attempts) {
	if (!attempts) return nullptr;
	json::object object;
	object["ten_minutes"] = attempts->ten_minutes;
	object["hour"] = attempts->hour;
	object["last"] = time_or_null(attempts->last);
	return object;
}

json::value still_misbehaving(const std::optional<Attempts>& attempts) {
	if (!attempts) return nullptr;
	return attempts->go_on();
}

std::string_view words_for(AlertKind kind) {
	switch (kind) {
	case AlertKind::spam: return "Unwanted mail was sent from your connection.";
	case AlertKind::missed_spam: return "Unwanted mail that no filter had stopped was sent from your connection.";
	case AlertKind::bot: return "A machine at your connection takes orders from strangers.";
	case AlertKind::malware: return "A machine at your connection spreads harmful software.";
	case AlertKind::ham:
	case AlertKind::not_spam: return "Mail from your connection was wanted after all.";
	case AlertKind::other: break;
	}
	return "Somebody complained about what a machine at your connection does.";
}

} // namespace gate25
