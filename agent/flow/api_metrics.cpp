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

struct SourceCount {
	const char* name;
	const char* help;
	std::uint64_t (*value)(const SourceHealth& source);
};
constexpr SourceCount source_counts[] = {
	{"gate25_assignments_began_total", "Assignments that began", [](const SourceHealth& s) { return s.began; }},
	{"gate25_assignments_ended_total", "Assignments that ended", [](const SourceHealth& s) { return s.ended; }},
	{"gate25_assignments_refreshed_total", "Claims of what was known", [](const SourceHealth& s) { return s.refreshed; }},
	{"gate25_assignments_conflicts_total", "Two subscribers at one prefix", [](const SourceHealth& s) { return s.conflicts; }},
	{"gate25_assignments_stale_total", "Claims older than what stands, not taken", [](const SourceHealth& s) { return s.stale; }},
	{"gate25_assignments_outside_total", "Claims of prefixes that are no subscriber's", [](const SourceHealth& s) { return s.outside; }},
	{"gate25_assignments_uncovered_total", "Claims of prefixes of no decision length", [](const SourceHealth& s) { return s.uncovered; }},
	{"gate25_source_malformed_total", "What could not be read", [](const SourceHealth& s) { return s.own.malformed; }},
	{"gate25_source_forged_total", "With a wrong authenticator, or of a stranger", [](const SourceHealth& s) { return s.own.forged; }},
	{"gate25_source_repeated_total", "Retransmissions", [](const SourceHealth& s) { return s.own.repeated; }},
	{"gate25_source_odd_times_total", "Times of events that could not be", [](const SourceHealth& s) { return s.own.odd_times; }},
};

std::uint64_t silence_of(const SourceHealth& source, UnixTime now) {
	return static_cast<std::uint64_t>(std::max<std::int64_t>((now - source.heard.value_or(now)).count(), 0));
}

void add_sources(Metrics& metrics, const std::vector<SourceHealth>& sources, UnixTime now) {
	const auto label = [](const SourceHealth& source) { return fmt::format("source=\"{}\"", source.name); };
	for (const SourceHealth& source : sources)
		metrics.gauge("gate25_assignments", "Assignments that stand", source.assignments, label(source));
	for (const SourceHealth& source : sources)
		metrics.gauge("gate25_source_silent", "1 when the source should have said something", source.is_silent ? 1 : 0, label(source));
	for (const SourceHealth& source : sources)
		metrics.gauge("gate25_source_silence_seconds", "Since it was heard last", silence_of(source, now), label(source));
	for (const SourceCount& count : source_counts)
		for (const SourceHealth& source : sources) metrics.counter(count.name, count.help, count.value(source), label(source));
}

void add_subscribers(Metrics& metrics, Agent& agent) {
	metrics.gauge("gate25_subscribers", "Subscribers who hold anything", agent.assignments().book().subscribers());
	add_sources(metrics, agent.assignments().health(), agent.now().wall);
	const OutboxHealth outbox = agent.outbox().health();
	for (const auto& [channel, count] : outbox.waiting)
		metrics.gauge("gate25_notices_waiting", "Notices that wait", count, fmt::format("channel=\"{}\"", channel));
	metrics.counter("gate25_notices_sent_total", "Notices that were delivered", outbox.sent);
	metrics.counter("gate25_notices_failed_total", "Tries that failed", outbox.failed);
	metrics.counter("gate25_notices_given_up_total", "Notices that could not be delivered", outbox.given_up + agent.notices().refused());
	metrics.counter("gate25_notices_untold_total", "Events that no channel could tell", agent.notices().untold());
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
	add_subscribers(metrics, agent_);
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
