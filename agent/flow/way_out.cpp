// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/way_out.h"

#include "flow/assignments.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace gate25 {
namespace {

constexpr unsigned most_quarantines = 1000; // of one subscriber, within the memory
constexpr unsigned most_entries = 256;      // of sums, within one prefix: a /48 of /56

Person person_of(Agent& agent, const Prefix& key, std::string_view id) {
	Person person{key, std::string(id), {}, false, std::nullopt};
	for (const Assignment& held : agent.assignments().book().of(key)) {
		if (held.ports.is_whole()) person.own.push_back(held.prefix);
		else person.shares = true;
	}
	return person;
}

bool is_his_alone(const Person& person, const Prefix& prefix) {
	const auto holds = [&](const Prefix& own) { return own.contains(prefix); };
	return prefix == person.key || std::any_of(person.own.begin(), person.own.end(), holds);
}

// Where a quarantine that concerns him may stand.
std::set<Prefix> places_of(Agent& agent, const Person& person) {
	std::set<Prefix> places{person.key};
	for (const Prefix& own : person.own) {
		places.insert(own);
		for (const Prefix& round : decision_prefixes(agent.policy().config().network, own.address())) places.insert(round);
	}
	if (person.address)
		for (const Prefix& round : decision_prefixes(agent.policy().config().network, *person.address)) places.insert(round);
	return places;
}

// Under which his attempts are counted.
std::set<VolumeKey> counted_under(Agent& agent, const Person& person) {
	std::set<VolumeKey> keys;
	const Network& network = agent.policy().config().network;
	for (const Prefix& own : person.own) {
		Prefix one = subscriber_of(network, own.address());
		keys.insert(VolumeKey::of(one));
		while (keys.size() < most_entries && one.last() < own.last()) {
			one = subscriber_of(network, one.last().next());
			keys.insert(VolumeKey::of(one));
		}
	}
	return keys;
}

struct Count {
	std::vector<Prefix> places; // that are still to be asked
	unsigned used = 0;
	UnixTime since{};
	std::function<void(Result<unsigned>)> done;
};

void count_next(Agent& agent, const std::shared_ptr<Count>& count) {
	if (count->places.empty()) return count->done(count->used);
	HistoryQuery query;
	query.within = count->places.back();
	query.limit = most_quarantines;
	query.with_alerts = false;
	count->places.pop_back();
	agent.store().history(query, [&agent, count, place = *query.within](const Result<History>& history) {
		if (!history) return count->done(fail(history.error()));
		for (const Quarantine& one : history->quarantines)
			if (one.prefix == place && one.ended && *one.ended >= count->since && one.ended_by == ended_by_subscriber) ++count->used;
		count_next(agent, count);
	});
}

} // namespace

Person person_of(Agent& agent, const Prefix& party) {
	if (!is_subscriber_key(party)) return {party, "", {party}, false, std::nullopt};
	return person_of(agent, party, agent.name_of(party));
}

Result<Person> person_at(Agent& agent, const Address& address, std::optional<std::uint16_t> port) {
	const AssignmentBook& book = agent.assignments().book();
	if (const auto held = book.find(address, port)) {
		Person person = person_of(agent, subscriber_key(held->subscriber), held->subscriber);
		if (held->ports.is_whole()) person.address = address;
		return person;
	}
	const auto claims = book.all_at(address);
	const bool is_shared = std::any_of(claims.begin(), claims.end(), [](const Assignment& claim) { return !claim.ports.is_whole(); });
	if (is_shared && !port)
		return fail(ErrorKind::bad_input, fmt::format("several subscribers share {}: say the source port too", address.text()));
	if (is_shared) return fail(ErrorKind::not_found, fmt::format("nobody is known to hold port {} of {}", *port, address.text()));
	if (!agent.policy().is_subscriber(address))
		return fail(ErrorKind::not_found, address.text() + " is no subscriber's: [network] subscribers does not hold it");
	const Prefix prefix = subscriber_of(agent.policy().config().network, address);
	return Person{prefix, "", {prefix}, false, address};
}

Result<Person> person_named(Agent& agent, const std::string& id) {
	const auto parsed = parse_subscriber_id(id);
	if (!parsed) return fail(parsed.error());
	const Prefix key = subscriber_key(id);
	const Subscriber* row = agent.memory().subscribers.find(key);
	const auto name = row != nullptr ? std::optional<std::string_view>(row->id) : agent.assignments().book().name(key);
	if (name && *name != id)
		return fail(ErrorKind::conflict, fmt::format("the key of \"{}\" is that of \"{}\", who came first: give this one another name", id, *name));
	return person_of(agent, key, id);
}

bool is_known(Agent& agent, const Person& person) {
	const Memory& memory = agent.memory();
	return !person.own.empty() || person.shares || memory.subscribers.find(person.key) != nullptr ||
	       memory.dossiers.find(person.key) != nullptr || agent.assignments().book().name(person.key) ||
	       agent.book().find_quarantine(person.key) || agent.book().find_exemption(person.key);
}

std::vector<Quarantine> standing_for(Agent& agent, const Person& person) {
	std::vector<Quarantine> standing;
	for (const Prefix& place : places_of(agent, person))
		if (auto found = agent.book().find_quarantine(place); found && !found->is_monitored) standing.push_back(std::move(*found));
	std::stable_sort(standing.begin(), standing.end(), [](const Quarantine& a, const Quarantine& b) { return a.level > b.level; });
	return standing;
}

std::optional<Attempts> attempts_of(Agent& agent, const Person& person) {
	const VolumeBook* book = agent.volume().book();
	if (book == nullptr || (person.own.empty() && person.shares)) return std::nullopt;
	const VolumeTime now = agent.volume().now();
	Attempts attempts;
	VolumeTime last = 0;
	for (const VolumeKey& key : counted_under(agent, person)) {
		const VolumeEntry* entry = book->find(key, Activity::attempts);
		if (entry == nullptr || entry->is_over(now)) continue;
		attempts.ten_minutes += entry->ten_minutes(now);
		attempts.hour += entry->value(Quantity::attempts, Window::hour, now);
		last = std::max(last, entry->last());
	}
	if (last == 0) return attempts;
	attempts.last = UnixTime(Seconds(last));
	attempts.since_last = Seconds(now > last ? now - last : 0);
	return attempts;
}

std::optional<UnixTime> grace_until(Agent& agent, const Person& person) {
	const Dossier* dossier = agent.memory().dossiers.find(person.key);
	if (dossier == nullptr || !dossier->released) return std::nullopt;
	const UnixTime until = *dossier->released + agent.policy().config().alerts.grace;
	return until > agent.now().wall ? std::optional(until) : std::nullopt;
}

void count_self_releases(Agent& agent, const Person& person, std::function<void(Result<unsigned>)> done) {
	auto count = std::make_shared<Count>();
	count->since = agent.now().wall - agent.policy().config().quarantine.memory;
	count->done = std::move(done);
	count->places.push_back(person.key);
	// What stands at a prefix of his was perhaps ended there before; what ended there and stands no more may have been another's.
	for (const Quarantine& one : standing_for(agent, person))
		if (one.prefix != person.key && is_his_alone(person, one.prefix)) count->places.push_back(one.prefix);
	count_next(agent, count);
}

WayOut way_out_of(Agent& agent, const Person& person, unsigned used) {
	const Config& config = agent.policy().config();
	WayOutFacts facts;
	facts.standing = standing_for(agent, person);
	facts.is_shared = std::any_of(facts.standing.begin(), facts.standing.end(), [&](const Quarantine& one) { return !is_his_alone(person, one.prefix); });
	facts.used = used;
	facts.attempts = attempts_of(agent, person);
	return way_out(config.release, config.quarantine.memory, facts);
}

} // namespace gate25
