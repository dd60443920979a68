// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who holds what, by the API: the history, what it says itself as the source "api", and how the sources are.
#include "flow/api.h"
#include "flow/assignment_view.h"
#include "wire/answers.h"
#include "wire/requests.h"
#include "wire/subscriber_requests.h"

#include <algorithm>
#include <fmt/format.h>

namespace gate25 {
namespace {

namespace json = boost::json;

constexpr unsigned most_rows = 10'000;

struct Asked {
	AssignmentQuery query;
	std::optional<Address> address;
	std::optional<std::uint16_t> port;
	std::size_t limit = 0;
	bool takes(const Assignment& one) const {
		return (!address || one.prefix.contains(*address)) && (!port || one.ports.contains(*port));
	}
};

Result<void> take_place(const HttpRequest& request, Asked& asked) {
	const std::string prefix = query_value(request, "prefix"), address = query_value(request, "address");
	if (!prefix.empty() && !address.empty()) return fail(ErrorKind::bad_input, "a prefix or an address, not both");
	if (!prefix.empty()) {
		const auto parsed = Prefix::parse(prefix);
		if (!parsed) return fail(ErrorKind::bad_input, "prefix: " + parsed.error().text);
		asked.query.overlaps = *parsed;
	}
	if (!address.empty()) {
		const auto parsed = Address::parse(address);
		if (!parsed) return fail(ErrorKind::bad_input, "address: " + parsed.error().text);
		asked.address = *parsed;
		asked.query.overlaps = Prefix::host(*parsed);
	}
	const auto port = port_in(request, "port");
	if (!port) return fail(port.error());
	if (*port && address.empty()) return fail(ErrorKind::bad_input, "port is of an address, and there is none");
	asked.port = *port;
	return {};
}

Result<void> take_times(const HttpRequest& request, Asked& asked) {
	const auto at = time_in(request, "at"), since = time_in(request, "since"), to = time_in(request, "to");
	for (const auto* time : {&at, &since, &to})
		if (!*time) return fail(time->error());
	if (*at && (*since || *to)) return fail(ErrorKind::bad_input, "at, or since and to, not both");
	asked.query.since = *at ? *at : *since;
	asked.query.to = *at ? *at : *to;
	if (asked.query.since && asked.query.to && *asked.query.to < *asked.query.since)
		return fail(ErrorKind::bad_input, "to must not be earlier than since");
	return {};
}

Result<Asked> asked_in(const HttpRequest& request) {
	Asked asked;
	if (const std::string id = query_value(request, "subscriber"); !id.empty()) {
		auto parsed = parse_subscriber_id(id);
		if (!parsed) return fail(ErrorKind::bad_input, "subscriber: " + parsed.error().text);
		asked.query.subscriber = std::move(*parsed);
	}
	if (auto taken = take_place(request, asked); !taken) return fail(taken.error());
	if (auto taken = take_times(request, asked); !taken) return fail(taken.error());
	const auto limit = number_in(request, "limit", 100, most_rows);
	if (!limit) return fail(limit.error());
	asked.limit = *limit;
	// What lies within the address is left out afterwards, and so are other ports.
	asked.query.limit = asked.address ? most_rows : static_cast<unsigned>(*limit);
	return asked;
}

// What becomes of one line.
struct AssignOutcome {
	unsigned line = 1;
	std::optional<AssignmentRequest> request;
	std::string_view outcome = "refused";
	std::string why;
	std::optional<std::string> holder;
	ErrorKind kind = ErrorKind::bad_input;
	bool is_taken() const { return outcome == "began" || outcome == "known"; }
};

json::object json_of_outcome(const AssignOutcome& outcome) {
	json::object object;
	object["line"] = outcome.line;
	if (outcome.request) {
		const std::string ports = outcome.request->ports.text();
		object["prefix"] = outcome.request->prefix.text();
		object["ports"] = ports.empty() ? json::value(nullptr) : json::value(ports);
		object["subscriber"] = outcome.request->subscriber;
		object["holder"] = outcome.holder ? json::value(*outcome.holder) : json::value(nullptr);
	}
	object["outcome"] = outcome.outcome;
	object["why"] = outcome.why;
	return object;
}

AssignmentClaim claim_of(const AssignmentRequest& request, SourceRank source) {
	AssignmentClaim claim;
	claim.source = source;
	claim.subscriber = request.subscriber;
	claim.prefixes = {request.prefix};
	claim.ports = request.ports;
	claim.at = request.from;
	claim.until = request.until;
	return claim;
}

// By the word of this source, those that overlap the ports.
std::vector<Assignment> said_of(const AssignmentBook& book, const Prefix& prefix, const PortRange& ports, SourceRank source) {
	std::vector<Assignment> said = book.all_at(prefix.address());
	std::erase_if(said, [&](const Assignment& one) { return one.source != source || one.prefix != prefix || !one.ports.overlaps(ports); });
	return said;
}

// What the book makes of a claim is seen in the book.
void conclude(AssignOutcome& outcome, const std::vector<Assignment>& before, const AssignmentBook& book, SourceRank source) {
	const AssignmentRequest& request = *outcome.request;
	const auto is_his = [&](const Assignment& one) { return one.ports == request.ports && one.subscriber == request.subscriber; };
	const auto after = said_of(book, request.prefix, request.ports, source);
	if (const auto holder = book.find(request.prefix.address(), request.ports.is_whole() ? std::nullopt : std::optional(request.ports.first)))
		outcome.holder = holder->subscriber;
	if (std::any_of(after.begin(), after.end(), is_his)) {
		outcome.outcome = std::any_of(before.begin(), before.end(), is_his) ? "known" : "began";
		for (const Assignment& one : before)
			if (one.subscriber != request.subscriber) outcome.why = fmt::format("\"{}\" held it until then", one.subscriber);
		if (outcome.why.empty() && outcome.holder && *outcome.holder != request.subscriber)
			outcome.why = "another source says so, and comes first: [assignments] precedence";
		return;
	}
	outcome.kind = ErrorKind::conflict;
	for (const Assignment& one : after) {
		if (one.from < request.from) continue;
		outcome.outcome = "stale";
		outcome.why = fmt::format("\"{}\" holds it since {}, which is later", one.subscriber, time_text(one.from));
	}
	if (outcome.why.empty()) outcome.why = "it was not taken: \"gate25 sources\" counts why";
}

// Answers when all of several are durable.
struct Written {
	std::size_t waiting = 1; // the one that is still handing over
	std::optional<Error> error;
	std::function<void(const std::optional<Error>&)> done;
	void take(const Result<void>& one) {
		if (!one) error = one.error();
		if (--waiting == 0) done(error);
	}
};

AssignOutcome take_line(Agent& agent, const Line& line, SourceRank source, const std::shared_ptr<Written>& written) {
	AssignOutcome outcome;
	outcome.line = line.number;
	auto request = parse_assignment(line.text, agent.now().wall);
	if (!request) {
		outcome.why = request.error().text;
		return outcome;
	}
	outcome.request = std::move(*request);
	if (auto objection = agent.assignments().objection_to(outcome.request->prefix, outcome.request->ports)) {
		outcome.why = *std::move(objection);
		return outcome;
	}
	const AssignmentBook& book = agent.assignments().book();
	const auto before = said_of(book, outcome.request->prefix, outcome.request->ports, source);
	++written->waiting;
	agent.assignments().take({claim_of(*outcome.request, source)}, [written](const Result<void>& one) { written->take(one); });
	conclude(outcome, before, book, source);
	const Prefix& prefix = outcome.request->prefix;
	const bool is_idle = outcome.request->ports.is_whole() && !agent.assignments().is_enforced(prefix, {});
	if (outcome.is_taken() && outcome.why.empty() && is_idle)
		outcome.why = fmt::format("it tells who holds it, and nothing is enforced there: /{} is not among the further_lengths of [network]", prefix.length());
	return outcome;
}

Result<SourceRank> api_source(Agent& agent) {
	if (const auto rank = agent.assignments().rank("api")) return *rank;
	return fail(ErrorKind::conflict, "[assignments] precedence does not name \"api\", so nobody may say by the API who holds what");
}

} // namespace

void Api::list_assignments(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"subscriber", "prefix", "address", "port", "at", "since", "to", "limit"}); !checked)
		return reply(refusal(checked.error()));
	const auto asked = asked_in(request);
	if (!asked) return reply(refusal(asked.error()));
	AssignmentStore* store = agent_.assignments().store();
	if (store == nullptr) return reply(refusal(no_assignment_history(agent_)));
	store->history(asked->query, [this, reply, asked = *asked](const Result<std::vector<AssignmentRow>>& rows) {
		if (!rows) return reply(refusal(rows.error()));
		ListAnswer list("assignments");
		AssignmentView view(agent_);
		std::size_t count = 0;
		for (const AssignmentRow& one : *rows)
			if (asked.takes(one.assignment) && count++ < asked.limit) list.add(view.object(one));
		reply(list.finish());
	});
}

void Api::assign(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {}); !checked) return reply(refusal(checked.error()));
	if (auto checked = check_lines(request.body); !checked) return reply(refusal(checked.error()));
	const auto source = api_source(agent_);
	if (!source) return reply(refusal(source.error()));
	auto lines = lines_of(request.body);
	const bool is_stream = request.content_type.starts_with("application/x-ndjson") ||
	                       (lines.size() > 1 && !parse_assignment(request.body, agent_.now().wall));
	if (!is_stream) lines = {{1, request.body}};
	auto outcomes = std::make_shared<std::vector<AssignOutcome>>();
	auto written = std::make_shared<Written>();
	written->done = [this, reply, outcomes, is_stream, by = request.peer.user](const std::optional<Error>& error) {
		if (error) return reply(refusal(*error));
		if (!is_stream && !outcomes->front().is_taken()) return reply(refusal({outcomes->front().kind, outcomes->front().why}));
		json::array array;
		for (const AssignOutcome& outcome : *outcomes) array.push_back(json_of_outcome(outcome));
		const auto taken = std::count_if(outcomes->begin(), outcomes->end(), [](const AssignOutcome& one) { return one.is_taken(); });
		if (taken > 0) agent_.announce("assign", "", fmt::format("{} assignments by {}", taken, by));
		json::object body;
		body["assignments"] = std::move(array);
		reply(answer(200, std::move(body)));
	};
	for (const Line& line : lines) outcomes->push_back(take_line(agent_, line, *source, written));
	written->take({});
}

void Api::unassign(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"prefix", "ports"}); !checked) return reply(refusal(checked.error()));
	const auto source = api_source(agent_);
	if (!source) return reply(refusal(source.error()));
	const auto prefix = Prefix::parse(query_value(request, "prefix"));
	if (!prefix) return reply(refusal({ErrorKind::bad_input, "prefix: " + prefix.error().text}));
	const std::string text = query_value(request, "ports");
	const auto ports = text.empty() ? Result<PortRange>(PortRange()) : parse_ports(text);
	if (!ports) return reply(refusal({ErrorKind::bad_input, "ports: " + ports.error().text}));
	auto ended = said_of(agent_.assignments().book(), *prefix, *ports, *source);
	if (!text.empty()) std::erase_if(ended, [&](const Assignment& one) { return one.ports != *ports; });
	if (ended.empty())
		return reply(refusal({ErrorKind::not_found, fmt::format("the API has said of nobody that he holds {}{}; what other sources say is theirs to end",
		                                                        prefix->text(), text.empty() ? "" : " ports " + text)}));
	end_assignments(agent_, ended, [this, reply, ended](const Result<void>& done) {
		if (!done) return reply(refusal(done.error()));
		AssignmentView view(agent_);
		std::vector<AssignmentRow> rows;
		for (const Assignment& one : ended) {
			rows.push_back({one, true, false});
			rows.back().assignment.until = agent_.now().wall;
		}
		json::object body;
		body["ended"] = view.array(rows);
		reply(answer(200, std::move(body)));
	});
}

void Api::sources(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {}); !checked) return reply(refusal(checked.error()));
	Assignments& assignments = agent_.assignments();
	json::object body;
	json::array array;
	for (const SourceHealth& health : assignments.health()) array.push_back(json_of(health));
	body["sources"] = std::move(array);
	body["assignments"] = assignments.book().size();
	body["subscribers"] = assignments.book().subscribers();
	body["memory"] = assignments.book().memory();
	const std::string problem = assignments.problem();
	body["problem"] = problem.empty() ? json::value(nullptr) : json::value(problem);
	body["file"] = nullptr;
	if (assignments.store() != nullptr) body["file"] = json_of(assignments.store()->health());
	reply(answer(200, std::move(body)));
}

} // namespace gate25
