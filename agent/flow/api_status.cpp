// SPDX-License-Identifier: GPL-2.0-or-later
//
// How the agent is, for people.
#include "flow/api.h"
#include "wire/answers.h"
#include "wire/version.h"

#include <fmt/format.h>

namespace gate25 {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::value number_or_null(std::optional<std::uint64_t> number) { return number ? json::value(*number) : json::value(nullptr); }

json::object counters_of(const std::map<std::string, Counter>& counters) {
	json::object object;
	for (const auto& [name, counter] : counters)
		object[name] = json::object{{"packets", counter.packets}, {"bytes", counter.bytes}};
	return object;
}

json::object quarantine_counts(const Book& book) {
	json::object object{{"total", book.quarantine_count()}};
	for (Level level : all_levels) object[level_text(level)] = book.quarantine_count(level);
	return object;
}

json::object kernel_of(const EnforcerHealth& health) {
	json::object object;
	object["table"] = health.is_table_present ? "present" : "missing";
	object["elements"] = health.elements;
	object["repairs"] = health.repairs;
	object["resyncs"] = health.resyncs;
	object["last_repair"] = health.last_repair ? json::value(time_text(*health.last_repair)) : json::value(nullptr);
	object["last_repair_why"] = text_or_null(health.last_repair_why);
	object["flows_cut"] = health.flows_cut;
	object["guard"] = health.guard_problem.empty() ? "holds" : "missing";
	object["problem"] = text_or_null(health.problem);
	return object;
}

json::object store_of(const StoreHealth& health) {
	return {{"ok", health.is_writable}, {"problem", text_or_null(health.problem)}, {"commits", health.commits},
	        {"failures", health.failures}, {"last_commit_us", health.last_commit_us},
	        {"waiting", health.waiting}, {"notice", text_or_null(health.notice)}};
}

json::object readers_of(const ReadersHealth& health) {
	return {{"processes", health.processes}, {"jobs", health.jobs}, {"restarts", health.restarts},
	        {"waiting", health.waiting}, {"problem", text_or_null(health.problem)}};
}

json::object inbox_of(const Inbox& inbox) {
	return {{"aside", inbox.count(HeldState::aside)}, {"waiting", inbox.count(HeldState::waiting)}};
}

json::object eve_of(const EveFeed& feed) {
	const EveCounters counters = feed.counters();
	return {{"lines", counters.lines}, {"alerts", counters.alerts}, {"passed_over", counters.passed_over},
	        {"unreadable", counters.unreadable}, {"too_long", counters.too_long}, {"retries", counters.retries},
	        {"waiting", counters.waiting}};
}

// Since the start, by outcome.
json::object alerts_of(const JudgedCounts& counts) {
	json::object object;
	for (const Outcome outcome : all_outcomes) object[outcome_text(outcome)] = counts.of(outcome);
	return object;
}

json::object watch_of(const WatchHealth& health) {
	return {{"open", health.is_open},       {"problem", text_or_null(health.problem)}, {"packets", health.packets},
	        {"unreadable", health.unreadable}, {"lost", health.lost},                  {"waiting", number_or_null(health.waiting)},
	        {"full", number_or_null(health.full)}};
}

json::object policy_of(const VolumeSources& sources, const PolicyServiceCounters& counters) {
	return {{"connections", sources.policy_connections}, {"requests", counters.requests},
	        {"unreadable", counters.unreadable + counters.failed}, {"strangers", counters.strangers},
	        {"messages", counters.mail.messages}, {"recipients", counters.mail.recipients},
	        {"deferred", counters.mail.deferred}, {"rejected", counters.mail.rejected},
	        {"would_refuse", counters.mail.would_refuse}};
}

// null: nothing is counted.
json::value volume_of(Agent& agent) {
	Volume& volume = agent.volume();
	if (!volume.is_enabled()) return nullptr;
	const VolumeSources sources = volume.sources();
	const VolumeCounters& counters = volume.counters();
	json::object object;
	object["verdicts"] = sources.verdicts;
	object["fail"] = agent.policy().config().volume.fail == Fail::open ? "open" : "closed";
	object["attempts"] = counters.attempts;
	object["connections"] = counters.connections;
	object["refused"] = counters.refused;
	object["would_refuse"] = counters.would_refuse;
	object["alerts"] = counters.alerts;
	object["would_alert"] = counters.would_alert;
	object["log_refused"] = watch_of(sources.attempts);
	object["log_let_through"] = watch_of(sources.connections);
	object["queues"] = watch_of(sources.queues);
	object["policy"] = policy_of(sources, agent.policy_service().counters());
	object["problem"] = text_or_null(volume.problem());
	return object;
}

json::object notice_of(const VolumeSources& sources) {
	return {{"connections", sources.notice_connections}, {"served", sources.notices}, {"refused", sources.notices_refused}};
}

// A log or a queue that should be open and is not.
void add_watch_problem(const WatchHealth& health, const std::string& what, std::vector<std::string>& problems) {
	if (!health.problem.empty()) problems.push_back(what + ": " + health.problem);
}

void add_volume_problems(Agent& agent, std::vector<std::string>& problems) {
	const VolumeSources sources = agent.volume().sources();
	add_watch_problem(sources.attempts, "refused connections are not counted", problems);
	add_watch_problem(sources.connections, "connections that are let through are not counted", problems);
	add_watch_problem(sources.queues, "no verdicts are given", problems);
	for (const std::string& each : {agent.volume().problem(), sources.policy_problem, sources.notice_problem})
		if (!each.empty()) problems.push_back(each);
}

// Silent sources are told, never obeyed: what they said stands.
void add_subscriber_problems(Agent& agent, std::vector<std::string>& problems) {
	if (const std::string why = agent.assignments().problem(); !why.empty()) problems.push_back(why);
	for (const SourceHealth& source : agent.assignments().health()) {
		if (!source.own.problem.empty()) problems.push_back("source " + source.name + ": " + source.own.problem);
		else if (source.is_silent)
			problems.push_back("source " + source.name + " is silent " +
			                   (source.heard ? "since " + time_text(*source.heard) : "since the start") +
			                   ": its assignments stand and grow old");
	}
	const OutboxHealth outbox = agent.outbox().health();
	constexpr Seconds patience{300};
	const UnixTime now = agent.now().wall;
	if (outbox.oldest && *outbox.oldest < now - patience && (!outbox.asked || *outbox.asked < now - patience))
		problems.push_back("notices wait since " + time_text(*outbox.oldest) + " and nobody fetches them: is gate25-courier running?");
}

json::object assignments_of(Agent& agent) {
	const AssignmentBook& book = agent.assignments().book();
	return {{"assignments", book.size()}, {"subscribers", book.subscribers()}, {"sources", agent.assignments().health().size()}};
}

json::object outbox_of(Agent& agent) {
	const OutboxHealth health = agent.outbox().health();
	json::object waiting;
	for (const auto& [channel, count] : health.waiting) waiting[channel] = count;
	json::object object;
	object["waiting"] = std::move(waiting);
	object["oldest"] = health.oldest ? json::value(time_text(*health.oldest)) : json::value(nullptr);
	object["sent"] = health.sent;
	object["failed"] = health.failed;
	object["given_up"] = health.given_up + agent.notices().refused();
	object["untold"] = agent.notices().untold();
	object["throttled"] = health.is_throttled;
	object["asked"] = health.asked ? json::value(time_text(*health.asked)) : json::value(nullptr);
	return object;
}

std::vector<std::string> problems_of(Agent& agent) {
	std::vector<std::string> problems;
	const EnforcerHealth& kernel = agent.enforcer().health();
	const StoreHealth store = agent.store().health();
	if (agent.enforcer().is_removed()) problems.push_back("the table was removed by `gate25 remove`: nothing is enforced");
	if (!kernel.problem.empty()) problems.push_back(kernel.problem);
	if (!kernel.flows_problem.empty()) problems.push_back(kernel.flows_problem);
	if (!store.is_writable) problems.push_back(store.problem);
	if (const std::string why = agent.intake().readers_health().problem; !why.empty())
		problems.push_back("reports cannot be read: " + why);
	if (!agent.eve().problem().empty()) problems.push_back("alerts of the EVE socket wait: " + agent.eve().problem());
	add_volume_problems(agent, problems);
	add_subscriber_problems(agent, problems);
	if (!agent.store_warning().empty()) problems.push_back(agent.store_warning());
	if (!agent.config_error().empty())
		problems.push_back("the configuration file was not taken, the old one is in force: " + agent.config_error());
	return problems;
}

} // namespace

void Api::status(const HttpRequest&, const HttpReply& reply) {
	const auto problems = problems_of(agent_);
	json::object body;
	body["version"] = version_text;
	body["state"] = problems.empty() ? "ok" : "degraded";
	body["problems"] = json::array(problems.begin(), problems.end());
	body["started"] = time_text(agent_.started());
	body["generation"] = agent_.generation();
	body["config"] = json::object{{"file", agent_.config_file()}, {"loaded", time_text(agent_.loaded_at())},
	                              {"error", text_or_null(agent_.config_error())}};
	body["quarantines"] = quarantine_counts(agent_.book());
	body["monitored"] = agent_.book().monitored_count();
	body["exemptions"] = agent_.book().exemption_count();
	body["alerts"] = alerts_of(agent_.judged());
	body["inbox"] = inbox_of(agent_.memory().inbox);
	body["eve"] = eve_of(agent_.eve());
	body["volume"] = volume_of(agent_);
	body["subscribers"] = assignments_of(agent_);
	body["notices"] = outbox_of(agent_);
	if (agent_.policy().config().port25.deny == Deny::notice) body["notice"] = notice_of(agent_.volume().sources());
	body["readers"] = readers_of(agent_.intake().readers_health());
	body["kernel"] = kernel_of(agent_.enforcer().health());
	body["store"] = store_of(agent_.store().health());
	const auto counters = agent_.kernel().counters();
	body["counters"] = counters ? counters_of(*counters) : json::object();
	body["clients"] = clients();
	reply(answer(200, std::move(body)));
}

} // namespace gate25
