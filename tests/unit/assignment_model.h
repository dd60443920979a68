// SPDX-License-Identifier: GPL-2.0-or-later
//
// The book of assignments as a list that is walked for every question: slow, and short enough to be seen to be right.
#pragma once

#include "core/assignment_book.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace gate25::test {

inline std::string text_of(const Assignment& a) {
	return a.prefix.text() + ':' + a.ports.text() + ' ' + a.subscriber + ' ' + std::to_string(a.from.time_since_epoch().count()) + ' ' +
	       std::to_string(a.seen.time_since_epoch().count()) + ' ' +
	       (a.until ? std::to_string(a.until->time_since_epoch().count()) : "-") + ' ' + std::to_string(a.source) + ' ' +
	       std::to_string(a.session) + ' ' + std::to_string(a.server);
}

// The order within one claim is not compared.
inline std::string text_of(const ClaimOutcome& outcome) {
	std::multiset<std::string> lines;
	for (const auto& change : outcome.changes)
		lines.insert((change.kind == AssignmentChange::Kind::began ? "began " : "ended ") + text_of(change.assignment) + '\n');
	std::string out;
	for (const auto& line : lines) out += line;
	return out + std::to_string(outcome.refreshed) + " refreshed, " + std::to_string(outcome.conflicts) + " conflicts, " +
	       std::to_string(outcome.stale) + " stale, " + std::to_string(outcome.unknown) + " unknown";
}

inline std::vector<std::string> all_of(const AssignmentBook& book) {
	std::vector<std::string> all;
	book.each([&](const Assignment& each) { all.push_back(text_of(each)); });
	std::sort(all.begin(), all.end());
	return all;
}

class Model {
public:
	ClaimOutcome take(const AssignmentClaim& claim) {
		out_ = {};
		if (claim.kind == AssignmentClaim::Kind::hold)
			hold(claim);
		else if (claim.kind == AssignmentClaim::Kind::end_server)
			end_where(claim, [&](const Assignment& a) { return claim.server != 0 && a.server == claim.server; });
		else if (claim.session != 0)
			end_session(claim);
		else
			for (const Prefix& prefix : claim.prefixes) end_prefix(claim, prefix);
		return out_;
	}
	std::vector<std::string> all() const {
		std::vector<std::string> all;
		for (const Assignment& each : list_) all.push_back(text_of(each));
		std::sort(all.begin(), all.end());
		return all;
	}
	bool in_force(const Assignment& a) const {
		return std::none_of(list_.begin(), list_.end(), [&](const Assignment& b) {
			return b.prefix == a.prefix && b.source < a.source && b.ports.overlaps(a.ports);
		});
	}
	std::vector<Assignment> of(const std::string& name) const {
		std::vector<Assignment> held;
		for (const Assignment& a : list_)
			if (a.subscriber == name && in_force(a)) held.push_back(a);
		std::sort(held.begin(), held.end(), [](const auto& a, const auto& b) { return std::tie(a.prefix, a.ports) < std::tie(b.prefix, b.ports); });
		return held;
	}
	bool knows(const std::string& name) const {
		return std::any_of(list_.begin(), list_.end(), [&](const Assignment& a) { return a.subscriber == name; });
	}
	std::size_t subscribers() const {
		std::set<std::string> names;
		for (const Assignment& a : list_) names.insert(a.subscriber);
		return names.size();
	}
	std::size_t count(SourceRank source) const {
		return static_cast<std::size_t>(std::count_if(list_.begin(), list_.end(), [&](const Assignment& a) { return a.source == source; }));
	}
	std::vector<Assignment> all_at(const Address& address) const {
		std::vector<Assignment> all;
		for (const Assignment& a : list_)
			if (a.prefix.contains(address)) all.push_back(a);
		std::sort(all.begin(), all.end(), [](const Assignment& a, const Assignment& b) {
			return std::tuple(128 - a.prefix.length(), a.source, a.ports) < std::tuple(128 - b.prefix.length(), b.source, b.ports);
		});
		return all;
	}
	std::optional<Prefix> holder(const Prefix& prefix) const {
		for (const Assignment& a : all_at(prefix.first()))
			if (a.prefix == prefix) return a.ports.is_whole() ? std::optional(subscriber_key(a.subscriber)) : std::nullopt;
		return std::nullopt;
	}
	std::optional<Assignment> find(const Address& address, std::optional<std::uint16_t> port) const {
		const auto all = all_at(address);
		if (!port) return !all.empty() && all[0].ports.is_whole() ? std::optional(all[0]) : std::nullopt;
		for (const Assignment& a : all)
			if (a.ports.contains(*port)) return a;
		return std::nullopt;
	}

private:
	static PortRange ports_of(const AssignmentClaim& claim, Family family) { return family == Family::ipv4 ? claim.ports : PortRange{}; }
	template <class Which> std::vector<Assignment> where(SourceRank source, const Which& which) const {
		std::vector<Assignment> found;
		for (const Assignment& a : list_)
			if (a.source == source && which(a)) found.push_back(a);
		return found;
	}
	void end(const Assignment& one, UnixTime at) {
		Assignment ended = one;
		ended.until = at;
		out_.changes.push_back({AssignmentChange::Kind::ended, ended});
		note_end(one.source, one.session, at);
		list_.erase(std::find(list_.begin(), list_.end(), one));
	}
	void note_end(SourceRank source, SessionHash session, UnixTime at) {
		UnixTime& end = ended_[{source, session}];
		end = std::max(end, at);
	}
	template <class Which> void end_where(const AssignmentClaim& claim, const Which& which) {
		for (const Assignment& a : where(claim.source, which)) {
			if (a.seen > claim.at)
				++out_.stale;
			else
				end(a, claim.at);
		}
	}
	void end_session(const AssignmentClaim& claim) {
		const auto is_of = [&](const Assignment& a) { return a.session == claim.session; };
		if (where(claim.source, is_of).empty()) ++out_.unknown;
		end_where(claim, is_of);
		note_end(claim.source, claim.session, claim.at);
	}
	void end_prefix(const AssignmentClaim& claim, const Prefix& prefix) {
		const PortRange ports = ports_of(claim, prefix.family());
		const auto is_it = [&](const Assignment& a) {
			return a.prefix == prefix && ports.first <= a.ports.first && a.ports.last <= ports.last &&
			       (claim.subscriber.empty() || claim.subscriber == a.subscriber);
		};
		if (where(claim.source, is_it).empty()) ++out_.unknown;
		end_where(claim, is_it);
	}
	void hold(const AssignmentClaim& claim) {
		const auto ended = ended_.find({claim.source, claim.session});
		if (claim.session != 0 && ended != ended_.end() && claim.at < ended->second) {
			out_.stale += static_cast<std::uint32_t>(claim.prefixes.size());
			return;
		}
		for (const Family family : {Family::ipv4, Family::ipv6}) {
			std::vector<Prefix> named;
			for (const Prefix& prefix : claim.prefixes)
				if (prefix.family() == family) named.push_back(prefix);
			if (!named.empty()) hold_family(claim, named, ports_of(claim, family));
		}
	}
	void hold_family(const AssignmentClaim& claim, const std::vector<Prefix>& named, const PortRange& ports) {
		const auto unnamed = where(claim.source, [&](const Assignment& a) {
			return claim.session != 0 && a.session == claim.session && a.prefix.family() == named[0].family() &&
			       a.ports.is_whole() == ports.is_whole() && std::find(named.begin(), named.end(), a.prefix) == named.end();
		});
		if (std::any_of(unnamed.begin(), unnamed.end(), [&](const Assignment& a) { return a.seen > claim.at; })) {
			out_.stale += static_cast<std::uint32_t>(named.size());
			return;
		}
		for (const Assignment& a : unnamed) end(a, claim.at);
		for (const Prefix& prefix : named) hold_prefix(claim, prefix, ports);
	}
	void hold_prefix(const AssignmentClaim& claim, const Prefix& prefix, const PortRange& ports) {
		const auto rivals = where(claim.source, [&](const Assignment& a) { return a.prefix == prefix && a.ports.overlaps(ports); });
		for (Assignment& a : list_) {
			const bool is_same = a.source == claim.source && a.prefix == prefix && a.ports == ports && a.subscriber == claim.subscriber &&
			                     (claim.session == 0 || a.session == claim.session);
			if (is_same) return refresh(a, claim);
		}
		if (std::any_of(rivals.begin(), rivals.end(), [&](const Assignment& a) { return a.seen > claim.at; })) {
			++out_.stale;
			return;
		}
		for (const Assignment& a : rivals) {
			if (a.subscriber != claim.subscriber && !(a.until && *a.until <= claim.at)) ++out_.conflicts;
			end(a, claim.at);
		}
		const Assignment begun{prefix, ports, claim.subscriber, claim.at, claim.at, claim.until, claim.source, claim.session, claim.server};
		out_.changes.push_back({AssignmentChange::Kind::began, begun});
		list_.push_back(begun);
	}
	void refresh(Assignment& a, const AssignmentClaim& claim) {
		if (claim.at < a.from) {
			++out_.stale;
			return;
		}
		++out_.refreshed;
		a.seen = std::max(a.seen, claim.at);
		if (claim.until) a.until = a.until ? std::max(*a.until, *claim.until) : *claim.until;
	}

	std::vector<Assignment> list_;
	std::map<std::pair<SourceRank, SessionHash>, UnixTime> ended_;
	ClaimOutcome out_;
};

} // namespace gate25::test
