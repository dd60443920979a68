// SPDX-License-Identifier: GPL-2.0-or-later
//
// How the agent is, for Prometheus.
#include "flow/api.h"
#include "wire/metrics.h"

#include <fmt/format.h>

namespace gate25 {
namespace {

void add_watch(Metrics& metrics, const WatchHealth& health, std::string_view source) {
	const std::string label = fmt::format("source=\"{}\"", source);
	metrics.counter("gate25_volume_packets_total", "First packets that the kernel showed", health.packets, label);
	metrics.counter("gate25_volume_lost_total", "Of these: lost, since they came faster than they were read", health.lost, label);
	if (health.full) metrics.counter("gate25_volume_queue_full_total", "Packets that found the queue full", *health.full, label);
	if (health.waiting) metrics.gauge("gate25_volume_waiting", "Packets that wait for a verdict", *health.waiting, label);
}

void add_volume(Metrics& metrics, Agent& agent) {
	const Volume& volume = agent.volume();
	if (!volume.is_enabled()) return;
	for (const Activity activity : all_activities)
		metrics.gauge("gate25_volume_active", "Subscribers and users whose mail is counted", volume.book()->table(activity).size(),
		              fmt::format("activity=\"{}\"", activity_text(activity)));
	const VolumeCounters& counters = volume.counters();
	metrics.counter("gate25_volume_attempts_total", "Refused connections to port 25", counters.attempts);
	metrics.counter("gate25_volume_connections_total", "Connections to port 25 that were let through", counters.connections);
	metrics.counter("gate25_volume_refused_total", "Connections that a limit refused", counters.refused);
	metrics.counter("gate25_volume_would_refuse_total", "Connections above a limit that is not enforced", counters.would_refuse);
	metrics.counter("gate25_volume_alerts_total", "Alerts that limits raised", counters.alerts);
	const VolumeSources sources = volume.sources();
	add_watch(metrics, sources.attempts, "refused");
	add_watch(metrics, sources.connections, "let-through");
	add_watch(metrics, sources.queues, "queue");
	const PolicyServiceCounters mail = agent.policy_service().counters();
	metrics.counter("gate25_policy_requests_total", "Questions of mail servers", mail.requests);
	metrics.counter("gate25_policy_messages_total", "Messages that the relay was let take", mail.mail.messages);
	metrics.counter("gate25_policy_recipients_total", "Their recipients", mail.mail.recipients);
	metrics.counter("gate25_policy_refused_total", "Answers that refused", mail.mail.deferred + mail.mail.rejected);
}

} // namespace

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
	add_volume(metrics, agent_);
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

} // namespace gate25
