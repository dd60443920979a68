// SPDX-License-Identifier: GPL-2.0-or-later
//
// What was counted: of one subscriber, of those with most, of all; and whom a limit would touch. Whatever looks at the
// record does so on the store's thread.
#include "flow/api.h"
#include "wire/answers.h"
#include "wire/requests.h"
#include "wire/volume_answers.h"

#include <fmt/format.h>

namespace gate25 {
namespace {

namespace json = boost::json;

constexpr std::uint64_t most_places = 1000;
// Each takes up to some eighty megabytes while it runs.
constexpr unsigned most_questions = 2;

struct Asked {
	Quantity quantity = Quantity::connections;
	Window window = Window::hour;
};

Result<Asked> asked_in(const HttpRequest& request) {
	Asked asked;
	if (const std::string by = query_value(request, "by"); !by.empty()) {
		const auto quantity = parse_quantity(by);
		if (!quantity) return fail(ErrorKind::bad_input, "by: " + quantity.error().text);
		asked.quantity = *quantity;
	}
	if (const std::string per = query_value(request, "per"); !per.empty()) {
		const auto window = parse_window(per);
		if (!window) return fail(ErrorKind::bad_input, "per: " + window.error().text);
		asked.window = *window;
	}
	return asked;
}

void put(json::object& body, const Asked& asked) {
	body["quantity"] = quantity_text(asked.quantity);
	body["per"] = window_text(asked.window);
}

// The first hour that lies wholly within "since", a duration back from now.
Result<std::uint32_t> first_hour_in(const HttpRequest& request, VolumeTime now, const char* otherwise) {
	const std::string text = query_value(request, "since");
	const auto since = parse_finite_duration(text.empty() ? otherwise : text);
	if (!since) return fail(ErrorKind::bad_input, "since: " + since.error().text);
	const auto back = static_cast<std::uint64_t>(since->count());
	return back >= now ? 0 : static_cast<std::uint32_t>((now - back + 3599) / 3600);
}

Result<std::vector<Prefix>> match_in(const HttpRequest& request) {
	std::vector<Prefix> match;
	const std::string text = query_value(request, "match");
	for (std::size_t at = 0; at < text.size();) {
		const std::size_t end = std::min(text.find(',', at), text.size());
		const auto prefix = Prefix::parse(std::string_view(text).substr(at, end - at));
		if (!prefix) return fail(ErrorKind::bad_input, "match: " + prefix.error().text);
		match.push_back(*prefix);
		at = end + 1;
	}
	return match;
}

Error not_counting(const Volume& volume, const std::string& file) {
	if (volume.is_enabled()) return {ErrorKind::unavailable, "there is no record: " + volume.problem()};
	return {ErrorKind::unavailable, "nothing is counted: add a section [volume] to " + file + ", then \"gate25 reload\"; see gate25-volume(7)"};
}

UserNames names_of(const Volume& volume) {
	return [&volume](const VolumeKey& key) { return volume.user_name(key); };
}

EntriesOf entries_of(const VolumeBook& book, const VolumeKey& key) {
	EntriesOf entries{};
	for (const Activity activity : all_activities) entries[static_cast<std::size_t>(activity)] = book.find(key, activity);
	return entries;
}

json::object state_object(Volume& volume, const VolumeKey& key) {
	json::object body;
	const VolumeTime now = volume.now();
	const EntriesOf entries = entries_of(*volume.book(), key);
	put_who(body, key, names_of(volume));
	body["at"] = time_text(UnixTime(Seconds(now)));
	body["values"] = values_array(entries, now);
	json::array limits;
	for (const VolumeLimit& limit : volume.limits().concerning(key)) limits.push_back(json_of(limit, entries, now));
	body["limits"] = std::move(limits);
	return body;
}

json::object rules_object(const VolumeRules& rules) {
	json::object object;
	object["mode"] = rules.mode == Mode::enforce ? "enforce" : "monitor";
	object["relays"] = rules.relays;
	object["verdicts"] = verdicts_text(rules.verdicts);
	object["queues"] = rules.queues;
	object["fail"] = rules.fail == Fail::open ? "open" : "closed";
	object["keep"] = rules.keep.count();
	json::array limits;
	for (const VolumeLimit& limit : rules.limits) limits.push_back(json_of(limit));
	object["limits"] = std::move(limits);
	return object;
}

json::object counters_object(const VolumeCounters& counters) {
	json::object object;
	object["attempts"] = counters.attempts;
	object["connections"] = counters.connections;
	object["refused"] = counters.refused;
	object["would_refuse"] = counters.would_refuse;
	object["alerts"] = counters.alerts;
	object["would_alert"] = counters.would_alert;
	object["repeated"] = counters.repeated;
	object["foreign"] = counters.foreign;
	return object;
}

// Of the last day: how much is usual of each activity within an hour.
struct Overview {
	std::vector<Spread> spreads;
	std::vector<SpreadResult> results;
	Overview() {
		for (const Activity activity : all_activities) spreads.emplace_back(quantity_of(activity, false), Window::hour);
	}
	void take(const VolumeRecord& record) { spreads[static_cast<std::size_t>(record.activity)].take(record); }
	void conclude() {
		for (const Spread& spread : spreads) results.push_back(spread.result());
	}
};

struct SpreadQuestion {
	Spread spread;
	SpreadResult result{};
	void take(const VolumeRecord& record) { spread.take(record); }
	void conclude() { result = spread.result(); }
};

struct WhatIfQuestion {
	WhatIf what_if;
	std::size_t most = 0;
	WhatIfResult result{};
	void take(const VolumeRecord& record) { what_if.take(record); }
	void conclude() { result = what_if.result(most); }
};

json::object overview_object(Agent& agent, const Overview& overview) {
	Volume& volume = agent.volume();
	json::object body;
	body["rules"] = rules_object(agent.policy().config().volume);
	body["verdicts"] = volume.sources().verdicts;
	body["since"] = time_text(agent.started());
	body["counters"] = counters_object(volume.counters());
	json::array activities;
	for (const Activity activity : all_activities) {
		const VolumeTable& table = volume.book()->table(activity);
		json::object object;
		object["activity"] = activity_text(activity);
		object["active"] = table.size();
		object["evicted"] = table.evicted();
		json::object last_day = json_of(overview.results[static_cast<std::size_t>(activity)]);
		put(last_day, {quantity_of(activity, false), Window::hour});
		object["last_day"] = std::move(last_day);
		activities.push_back(std::move(object));
	}
	body["activities"] = std::move(activities);
	body["record"] = json_of(volume.store()->health());
	return body;
}

// Just this limit refuses already, and nobody is spared.
bool is_in_force(const VolumeRules& rules, const Limit& limit) {
	return std::any_of(rules.limits.begin(), rules.limits.end(), [&](const VolumeLimit& one) {
		return one.limit == limit && one.match.empty() && one.mode == Mode::enforce && one.then != Then::alert;
	});
}

} // namespace

// Runs `question` over the record, also what it concludes, on the store's thread; then answers with what `answered` makes of it.
template <class Question, class Answered>
void Api::ask_record(const HttpReply& reply, const RecordQuery& query, std::shared_ptr<Question> question, Answered answered) {
	if (volume_questions_.use_count() > most_questions)
		return reply(refusal({ErrorKind::busy, fmt::format("{} questions are being answered from the record already; try again later", most_questions)}));
	agent_.volume().store()->records(
		query, [question](const VolumeRecord& record) { question->take(record); },
		[this, reply, question, answered, ticket = volume_questions_](const Result<void>& read) {
			if (!read) return reply(refusal(read.error()));
			// A reload may have ended the counting meanwhile.
			if (agent_.volume().store() == nullptr) return reply(refusal(not_counting(agent_.volume(), agent_.config_file())));
			reply(answer(200, answered(*question)));
		},
		[question] { question->conclude(); });
}

void Api::volume(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"address", "user", "since"}); !checked) return reply(refusal(checked.error()));
	Volume& volume = agent_.volume();
	if (volume.store() == nullptr) return reply(refusal(not_counting(volume, agent_.config_file())));
	const std::string address = query_value(request, "address"), user = query_value(request, "user");
	if (!address.empty() && !user.empty()) return reply(refusal({ErrorKind::bad_input, "an address or a user, not both"}));
	const auto from = first_hour_in(request, volume.now(), address.empty() && user.empty() ? "24h" : "3d");
	if (!from) return reply(refusal(from.error()));
	RecordQuery query;
	query.from = *from;
	if (address.empty() && user.empty()) {
		return ask_record(reply, query, std::make_shared<Overview>(),
		                  [this](const Overview& overview) { return overview_object(agent_, overview); });
	}
	VolumeKey key = VolumeKey::of_user(user);
	if (!address.empty()) {
		const auto subscriber = parse_subject(agent_.policy().config().network, address);
		if (!subscriber) return reply(refusal(subscriber.error()));
		if (!agent_.policy().is_subscriber(subscriber->address()))
			return reply(refusal({ErrorKind::not_found, subscriber->text() + " is no subscriber's: [network] subscribers does not hold it, so nothing of it is counted"}));
		key = VolumeKey::of(*subscriber);
	}
	query.key = key;
	struct Hours {
		std::vector<VolumeRecord> records;
		void take(const VolumeRecord& record) { records.push_back(record); }
		void conclude() {}
	};
	ask_record(reply, query, std::make_shared<Hours>(), [this, key, user](const Hours& hours) {
		json::object body = state_object(agent_.volume(), key);
		if (!user.empty() && agent_.volume().user_name(key) == nullptr) body["user"] = user;
		json::array array;
		for (const VolumeRecord& record : hours.records) array.push_back(json_of(record));
		body["hours"] = std::move(array);
		return body;
	});
}

void Api::volume_top(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"by", "per", "limit"}); !checked) return reply(refusal(checked.error()));
	const Volume& volume = agent_.volume();
	if (!volume.is_enabled()) return reply(refusal(not_counting(volume, agent_.config_file())));
	const auto asked = asked_in(request);
	if (!asked) return reply(refusal(asked.error()));
	const auto limit = number_in(request, "limit", 20, most_places);
	if (!limit) return reply(refusal(limit.error()));
	VolumeTop top(asked->quantity, asked->window, volume.now(), *limit);
	volume.book()->for_each(activity_of(asked->quantity), [&](const VolumeEntry& entry) { top.take(entry); });
	json::object body;
	put(body, *asked);
	body["at"] = time_text(UnixTime(Seconds(volume.now())));
	body["active"] = top.active();
	body["top"] = json_of(top.result(), names_of(volume));
	reply(answer(200, std::move(body)));
}

void Api::volume_spread(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"by", "per", "since"}); !checked) return reply(refusal(checked.error()));
	Volume& volume = agent_.volume();
	if (volume.store() == nullptr) return reply(refusal(not_counting(volume, agent_.config_file())));
	const auto asked = asked_in(request);
	if (!asked) return reply(refusal(asked.error()));
	const auto from = first_hour_in(request, volume.now(), "7d");
	if (!from) return reply(refusal(from.error()));
	RecordQuery query;
	query.from = *from;
	auto question = std::make_shared<SpreadQuestion>(SpreadQuestion{Spread(asked->quantity, asked->window)});
	ask_record(reply, query, question, [asked = *asked](const SpreadQuestion& spread) {
		json::object body = json_of(spread.result);
		put(body, asked);
		return body;
	});
}

void Api::what_if(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"limit", "since", "match", "most"}); !checked) return reply(refusal(checked.error()));
	Volume& volume = agent_.volume();
	if (volume.store() == nullptr) return reply(refusal(not_counting(volume, agent_.config_file())));
	const auto limit = parse_limit(query_value(request, "limit"));
	if (!limit) return reply(refusal(limit.error()));
	const auto match = match_in(request);
	if (!match) return reply(refusal(match.error()));
	const auto most = number_in(request, "most", 100, most_places);
	if (!most) return reply(refusal(most.error()));
	const auto from = first_hour_in(request, volume.now(), "7d");
	if (!from) return reply(refusal(from.error()));
	RecordQuery query;
	query.from = *from;
	const bool in_force = is_in_force(agent_.policy().config().volume, *limit);
	auto question = std::make_shared<WhatIfQuestion>(WhatIfQuestion{WhatIf(*limit, *match, in_force), static_cast<std::size_t>(*most)});
	ask_record(reply, query, question,
	           [this, limit = *limit, match = *match, in_force](const WhatIfQuestion& what_if) {
		           json::object body = json_of(what_if.result, names_of(agent_.volume()));
		           body["limit"] = limit.text();
		           json::array prefixes;
		           for (const Prefix& prefix : match) prefixes.push_back(json::value(prefix.text()));
		           body["match"] = std::move(prefixes);
		           body["is_in_force"] = in_force;
		           return body;
	           });
}

} // namespace gate25
