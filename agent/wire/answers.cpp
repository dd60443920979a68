// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/answers.h"
#include "wire/or_null.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <utility>

namespace gate25 {
namespace {

namespace json = boost::json;

void put_times(json::object& object, UnixTime from, const std::optional<Deadline>& until, const Now& now) {
	object["from"] = time_text(from);
	object["until"] = nullptr;
	object["seconds_left"] = nullptr;
	if (!until) return;
	object["until"] = time_text(until->wall);
	object["seconds_left"] = std::max<std::int64_t>(0, remaining(*until, now).count());
}

template <class Decision> void put_end(json::object& object, const Decision& decision) {
	if (!decision.ended) return;
	object["seconds_left"] = 0;
	object["ended"] = time_text(*decision.ended);
	object["ended_by"] = decision.ended_by;
	object["ended_reason"] = decision.ended_reason;
}

struct KindRow {
	ErrorKind kind;
	std::string_view code;
	unsigned status;
};
constexpr KindRow kind_rows[] = {
	{ErrorKind::bad_input, "bad_input", 400}, {ErrorKind::denied, "denied", 403},
	{ErrorKind::not_found, "not_found", 404}, {ErrorKind::conflict, "conflict", 409},
	{ErrorKind::busy, "busy", 503},           {ErrorKind::storage, "storage", 507},
	{ErrorKind::kernel, "kernel", 500},       {ErrorKind::unavailable, "unavailable", 503},
};

const KindRow& row_of(ErrorKind kind) {
	for (const KindRow& row : kind_rows)
		if (row.kind == kind) return row;
	return kind_rows[0];
}

} // namespace

json::object json_of(const Quarantine& q, const Now& now) {
	json::object object;
	object["id"] = q.id;
	object["prefix"] = q.prefix.text();
	object["level"] = level_text(q.level);
	object["reason"] = q.reason;
	put_times(object, q.from, q.until, now);
	object["by"] = q.by;
	object["ticket"] = text_or_null(q.ticket);
	object["mode"] = q.is_monitored ? "monitor" : "enforce";
	put_end(object, q);
	return object;
}

json::object json_of(const Exemption& e, const Now& now) {
	json::object object;
	object["id"] = e.id;
	object["prefix"] = e.prefix.text();
	object["reason"] = e.reason;
	object["owner"] = text_or_null(e.owner);
	put_times(object, e.from, e.until, now);
	object["by"] = e.by;
	put_end(object, e);
	return object;
}

json::object json_of(const HeldReport& held) {
	json::object object;
	object["id"] = held.id;
	object["received"] = time_text(held.received);
	object["state"] = held_text(held.state);
	object["format"] = format_text(held.format);
	object["step"] = held.step;
	object["why"] = held.why;
	object["by"] = held.voucher.user;
	object["address"] = held.address ? json::value(held.address->text()) : json::value(nullptr);
	object["key"] = text_or_null(held.key);
	object["size"] = held.size;
	if (!held.ended) return object;
	object["ended"] = time_text(*held.ended);
	object["ended_by"] = held.ended_by;
	object["ended_reason"] = held.ended_reason;
	return object;
}

json::object json_of(const AuditRow& row) {
	json::object object;
	object["id"] = row.id;
	object["at"] = time_text(row.at);
	object["who"] = row.who;
	object["what"] = row.what;
	object["subject"] = row.subject;
	object["why"] = row.why;
	object["decision"] = row.decision == 0 ? json::value(nullptr) : json::value(row.decision);
	return object;
}

json::object json_of(const Packet& packet, const Decided& decided, const std::string& why) {
	json::object object;
	object["source"] = packet.source.text();
	object["destination"] = packet.destination.text();
	object["port"] = packet.destination_port;
	object["verdict"] = verdict_text(decided.verdict);
	object["step"] = decided.step;
	object["chain"] = chain_text(decided, packet.source.family());
	object["why"] = why;
	object["to"] = nullptr;
	if (decided.to) {
		const bool is_v6 = decided.to->family() == Family::ipv6;
		object["to"] = (is_v6 ? "[" : "") + decided.to->text() + (is_v6 ? "]:" : ":") + std::to_string(decided.to_port);
	}
	object["decision"] = decided.decision == 0 ? json::value(nullptr) : json::value(decided.decision);
	return object;
}

HttpResponse answer(unsigned status, json::object body) {
	json::object whole(body.storage()); // so that the values move and are not copied
	whole["schema"] = schema_version;
	for (auto& [key, value] : body) whole[key] = std::move(value);
	HttpResponse response;
	response.status = status;
	response.body = json::serialize(whole) + '\n';
	return response;
}

ListAnswer::ListAnswer(std::string_view name) : text_(fmt::format("{{\"schema\":{},\"{}\":[", schema_version, name)) {}

void ListAnswer::add(const json::object& row) {
	if (!std::exchange(is_first_, false)) text_ += ',';
	text_ += json::serialize(row);
}

HttpResponse ListAnswer::finish() {
	HttpResponse response;
	response.body = std::move(text_) + "]}\n";
	return response;
}

HttpResponse refusal(const Error& error) {
	json::object inner;
	inner["code"] = error_code(error.kind);
	inner["message"] = error.text;
	json::object body;
	body["error"] = std::move(inner);
	return answer(http_status(error.kind), std::move(body));
}

std::string_view error_code(ErrorKind kind) { return row_of(kind).code; }
unsigned http_status(ErrorKind kind) { return row_of(kind).status; }

} // namespace gate25
