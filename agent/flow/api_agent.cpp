// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the API says and does about the agent itself: status, metrics, ruleset, events, reload, remove.
#include "flow/api.h"
#include "wire/answers.h"
#include "wire/metrics.h"
#include "wire/ruleset.h"
#include "wire/version.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace gate25 {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

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
	body["readers"] = readers_of(agent_.intake().readers_health());
	body["kernel"] = kernel_of(agent_.enforcer().health());
	body["store"] = store_of(agent_.store().health());
	const auto counters = agent_.kernel().counters();
	body["counters"] = counters ? counters_of(*counters) : json::object();
	body["clients"] = clients();
	reply(answer(200, std::move(body)));
}

void Api::metrics(const HttpRequest&, const HttpReply& reply) {
	Metrics metrics;
	for (Level level : all_levels)
		metrics.gauge("gate25_quarantines", "Quarantines that stand", agent_.book().quarantine_count(level),
		              fmt::format("level=\"{}\"", level_text(level)));
	metrics.gauge("gate25_quarantines_monitored", "Quarantines that are only recorded", agent_.book().monitored_count());
	metrics.gauge("gate25_exemptions", "Exemptions that stand", agent_.book().exemption_count());
	const EnforcerHealth& kernel = agent_.enforcer().health();
	metrics.gauge("gate25_kernel_elements", "Elements in the decision sets", kernel.elements);
	metrics.gauge("gate25_table_present", "1 when the table is in the kernel", kernel.is_table_present ? 1 : 0);
	metrics.counter("gate25_repairs_total", "Repairs after a foreign change of the table", kernel.repairs);
	metrics.counter("gate25_resyncs_total", "Rebuilt since notifications of the kernel were lost", kernel.resyncs);
	metrics.counter("gate25_flows_cut_total", "Connections taken out of other tables' flowtables", kernel.flows_cut);
	const StoreHealth store = agent_.store().health();
	metrics.gauge("gate25_store_writable", "1 when the last commit was stored", store.is_writable ? 1 : 0);
	metrics.counter("gate25_store_commits_total", "Durable transactions", store.commits);
	metrics.counter("gate25_store_failures_total", "Transactions the store refused", store.failures);
	for (unsigned step = 1; step <= last_judge_step; ++step)
		metrics.counter("gate25_alerts_total", "Alerts and reports by the step that decided them, gate25-alerts(7)",
		                agent_.judged().at(step), fmt::format("step=\"{}\"", step));
	for (const HeldState state : {HeldState::aside, HeldState::waiting})
		metrics.gauge("gate25_inbox", "Reports that wait", agent_.memory().inbox.count(state),
		              fmt::format("for=\"{}\"", state == HeldState::aside ? "person" : "key"));
	const ReadersHealth readers = agent_.intake().readers_health();
	metrics.counter("gate25_readers_jobs_total", "Reports handed to the reading processes", readers.jobs);
	metrics.counter("gate25_readers_restarts_total", "Reading processes that died or took too long", readers.restarts);
	const EveCounters eve = agent_.eve().counters();
	metrics.counter("gate25_eve_alerts_total", "Alerts that came through the EVE socket", eve.alerts);
	metrics.counter("gate25_eve_passed_over_total", "Other events of the EVE socket", eve.passed_over);
	metrics.counter("gate25_eve_unreadable_total", "Lines of the EVE socket that are no events, or too long",
	                eve.unreadable + eve.too_long);
	metrics.gauge("gate25_config_generation", "Configurations taken since the start", agent_.generation());
	if (const auto counters = agent_.kernel().counters())
		for (const auto& [name, counter] : *counters)
			metrics.counter("gate25_packets_total", "Packets by the counter of the rules that took them", counter.packets,
			                fmt::format("counter=\"{}\"", name));
	HttpResponse response;
	response.content_type = "text/plain; version=0.0.4";
	response.body = metrics.text();
	reply(std::move(response));
}

void Api::ruleset(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"state"}); !checked) return reply(refusal(checked.error()));
	std::vector<Standing> standings;
	if (query_value(request, "state") != "0")
		agent_.book().each_standing([&](const Standing& standing) { standings.push_back(standing); });
	HttpResponse response;
	response.content_type = "text/plain; charset=utf-8";
	response.body = standalone_text(agent_.enforcer().standalone_rules(), agent_.policy().config().network, standings, agent_.now());
	reply(std::move(response));
}

void Api::events(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"follow"}); !checked) return reply(refusal(checked.error()));
	if (query_value(request, "follow") == "1") {
		HttpResponse response;
		response.follow = [this](std::shared_ptr<EventClient> client) { agent_.events().follow(std::move(client)); };
		return reply(std::move(response));
	}
	json::array array;
	for (const Event& event : agent_.events().recent()) array.push_back(json::parse(event_json(event)));
	json::object body;
	body["events"] = std::move(array);
	reply(answer(200, std::move(body)));
}

void Api::reload(const HttpRequest& request, const HttpReply& reply) {
	const Agent::Reloaded reloaded = agent_.reload(request.peer.user);
	json::object body;
	if (!reloaded.errors.empty()) {
		body["error"] = json::object{{"code", "config_invalid"},
		                             {"message", "the configuration was not taken, the old one stays in force"}};
		body["errors"] = json::array(reloaded.errors.begin(), reloaded.errors.end());
		return reply(answer(400, std::move(body)));
	}
	body["generation"] = agent_.generation();
	body["changes"] = json::array(reloaded.changes.begin(), reloaded.changes.end());
	reply(answer(200, std::move(body)));
}

void Api::remove(const HttpRequest& request, const HttpReply& reply) {
	if (auto removed = agent_.enforcer().remove(); !removed) return reply(refusal(removed.error()));
	agent_.log(LogLevel::warning, "the table inet gate25 was removed by " + request.peer.user + ": nothing is enforced");
	agent_.announce("remove", "", "the table was removed by " + request.peer.user);
	reply(answer(200, json::object{{"removed", true}}));
}

} // namespace gate25
