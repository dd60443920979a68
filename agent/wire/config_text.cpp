// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/tally.h"
#include "wire/config.h"
#include "wire/config_words.h"

#include <concepts>
#include <fmt/format.h>
#include <map>

namespace gate25 {

namespace {

using namespace config_file;

// A basic string of TOML.
std::string literal(std::string_view text) {
	std::string out = "\"";
	for (const char c : text) {
		if (c == '"' || c == '\\') out += '\\';
		if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
			out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
		else
			out += c;
	}
	return out + '"';
}

std::string literal(unsigned number) {
	return std::to_string(number);
}
std::string literal(Points points) {
	return points_text(points);
}
std::string literal(const std::string& text) {
	return literal(std::string_view(text));
}
std::string literal(const Prefix& prefix) {
	return literal(prefix.text());
}
std::string literal(const Address& address) {
	return literal(address.text());
}
// Of nothing that only turns into a bool, as a pointer to characters does.
template <std::same_as<bool> T> std::string literal(T yes) {
	return yes ? "true" : "false";
}
std::string literal(const Address& address, std::uint16_t port) {
	const bool is_v4 = address.family() == Family::ipv4;
	return literal(fmt::format("{}:{}", is_v4 ? address.text() : '[' + address.text() + ']', port));
}
std::string literal(const PolicyEndpoint& endpoint) {
	return literal(endpoint.address, endpoint.port);
}
std::string literal(const UdpEndpoint& endpoint) {
	return literal(endpoint.address, endpoint.port);
}
std::string literal(const std::optional<Seconds>& duration) {
	return literal(duration_text(duration));
}

template <class T> std::string literal(const std::vector<T>& list) {
	std::string out;
	for (const T& item : list) {
		if (!out.empty()) out += ", ";
		out += literal(item);
	}
	return '[' + out + ']';
}

template <class T> void line(std::string& out, std::string_view key, const T& value) {
	out.append(key).append(" = ").append(literal(value)).append("\n");
}

std::string or_none(const std::optional<Seconds>& duration) {
	return duration ? duration_text(duration) : "none";
}

void print(std::string& out, const Network& network) {
	out += "[network]\n";
	line(out, "subscribers", network.subscribers);
	line(out, "relays", network.relays);
	line(out, "routers", network.routers);
	line(out, "subscriber_prefix_ipv6", network.subscriber_prefix_ipv6);
	line(out, "further_lengths_ipv4", network.further_lengths_ipv4);
	line(out, "further_lengths_ipv6", network.further_lengths_ipv6);
}

void print(std::string& out, const Port25& port25) {
	out += "\n[port25]\n";
	line(out, "policy", word_for(policy_words, port25.policy));
	line(out, "deny", word_for(deny_words, port25.deny));
	line(out, "redirect_to", word_for(redirect_words, port25.redirect_to));
	line(out, "redirect_relays", port25.redirect_relays);
	line(out, "tunnels", word_for(tunnel_words, port25.tunnels));
	line(out, "notice_text", port25.notice_text);
	line(out, "notice_port", static_cast<unsigned>(port25.notice_port));
}

using Modes = std::map<Prefix, Mode>;

void print(std::string& out, const PrefixPolicy& prefix, const Modes& modes) {
	out += "\n[[prefix]]\n";
	line(out, "match", prefix.match);
	line(out, "policy", word_for(policy_words, prefix.action));
	if (const auto mode = modes.find(prefix.match); mode != modes.end())
		line(out, "mode", word_for(mode_words, mode->second));
}

void print(std::string& out, const PrefixMode& prefix) {
	out += "\n[[prefix]]\n";
	line(out, "match", prefix.match);
	line(out, "mode", word_for(mode_words, prefix.mode));
}

void print_prefixes(std::string& out, const Config& config) {
	Modes modes;
	for (const PrefixMode& each : config.modes) modes.emplace(each.match, each.mode);
	for (const PrefixPolicy& each : config.prefixes) {
		print(out, each, modes);
		modes.erase(each.match);
	}
	for (const PrefixMode& each : config.modes)
		if (modes.contains(each.match)) print(out, each);
}

void print(std::string& out, const QuarantineRules& quarantine) {
	out += "\n[quarantine]\n";
	line(out, "level", word_for(level_words, quarantine.level));
	line(out, "duration", quarantine.duration);
	line(out, "limit", quarantine.limit);
	line(out, "memory", std::optional(quarantine.memory));
	line(out, "max_stay", or_none(quarantine.max_stay));
	line(out, "never", quarantine.never);
}

void print(std::string& out, const Garden& garden) {
	if (!garden.enabled) return;
	out += "\n[garden]\n";
	line(out, "allow", garden.allow);
	if (garden.portal_ipv4) line(out, "portal_ipv4", *garden.portal_ipv4);
	if (garden.portal_ipv6) line(out, "portal_ipv6", *garden.portal_ipv6);
}

void print(std::string& out, const AlertRules& alerts) {
	out += "\n[alerts]\n";
	line(out, "mode", word_for(mode_words, alerts.mode));
	line(out, "max_age", std::optional(alerts.max_age));
	line(out, "duplicates", std::optional(alerts.duplicates));
	line(out, "grace", alerts.grace.count() == 0 ? "none" : duration_text(alerts.grace));
	line(out, "reporters", alerts.reporters);
	line(out, "incidents", alerts.incidents);
	line(out, "within", std::optional(alerts.within));
	line(out, "weak_level", word_for(level_words, alerts.weak_level));
}

void print(std::string& out, const ScoreRules& score) {
	out += "\n[score]\n";
	line(out, "ham", score.ham);
	line(out, "ham_most", score.ham_most);
	line(out, "spam", score.spam);
	line(out, "missed_spam", score.missed_spam);
	line(out, "bot", score.bot);
	line(out, "malware", score.malware);
	line(out, "threshold", score.threshold);
}

void print(std::string& out, const Reporter& reporter) {
	out += "\n[[reporter]]\n";
	line(out, "name", reporter.name);
	line(out, "weight", reporter.weight);
	line(out, "users", reporter.users);
	line(out, "openpgp", reporter.addresses);
}

void print(std::string& out, const OpenPgp& openpgp) {
	out += "\n[openpgp]\n";
	line(out, "home", openpgp.home);
	line(out, "server", openpgp.server);
	line(out, "key_age", std::optional(openpgp.key_age));
	line(out, "patience", std::optional(openpgp.patience));
}

void print(std::string& out, const AgentSettings& agent) {
	out += "\n[agent]\n";
	line(out, "control_socket", agent.control_socket);
	line(out, "alert_socket", agent.alert_socket);
	line(out, "eve_socket", agent.eve_socket);
	line(out, "portal_socket", agent.portal_socket);
	line(out, "portal_users", agent.portal_users);
	line(out, "state", agent.state);
	line(out, "rules", agent.rules);
	line(out, "group", agent.group);
	line(out, "alert_users", agent.alert_users);
	line(out, "audit_keep", std::optional(agent.audit_keep));
}

void print(std::string& out, const VolumeRules& volume) {
	if (!volume.enabled) return;
	out += "\n[volume]\n";
	line(out, "mode", word_for(mode_words, volume.mode));
	line(out, "relays", volume.relays);
	line(out, "verdicts", word_for(verdict_words, volume.verdicts));
	line(out, "queues", volume.queues);
	line(out, "fail", word_for(fail_words, volume.fail));
	line(out, "active", volume.active);
	line(out, "keep", std::optional(volume.keep));
	line(out, "record_mib", volume.record_mib);
	line(out, "help", volume.help);
	line(out, "policy_socket", volume.policy_socket);
	line(out, "policy_listen", volume.policy_listen);
	line(out, "policy_clients", volume.policy_clients);
}

void print(std::string& out, const NoticeRules& notices) {
	if (!notices.enabled) return;
	out += "\n[notices]\n";
	line(out, "relay", notices.relay);
	line(out, "from", notices.from);
	line(out, "mail_to", notices.mail_to);
	line(out, "templates", notices.templates);
	line(out, "language", notices.language);
	line(out, "provider", notices.provider);
	line(out, "site", notices.site);
	line(out, "help", notices.help);
	line(out, "digest", std::optional(notices.digest));
	line(out, "per_hour", notices.per_hour);
	line(out, "patience", std::optional(notices.patience));
	for (const Hook& hook : notices.hooks) {
		out += "\n[[hook]]\n";
		line(out, "name", hook.name);
		line(out, "url", hook.url);
		line(out, "secret_file", hook.secret_file);
		line(out, "events", hook.events);
	}
}

void print(std::string& out, const VolumeLimit& limit) {
	out += "\n[[limit]]\n";
	line(out, "limit", limit.limit.text());
	if (!limit.match.empty()) line(out, "match", limit.match);
	line(out, "then", word_for(then_words, limit.then));
	line(out, "mode", word_for(mode_words, limit.mode));
	if (activity_of(limit.limit.quantity) == Activity::mail) line(out, "answer", word_for(answer_words, limit.answer));
}

void print(std::string& out, const RadiusRules& radius) {
	if (!radius.enabled) return;
	out += "\n[radius]\n";
	line(out, "listen", radius.listen);
	line(out, "subscriber", word_for(radius_name_words, radius.subscriber));
	for (const RadiusClient& client : radius.clients) {
		out += "\n[[radius_client]]\n";
		line(out, "name", client.name);
		line(out, "match", client.match);
		line(out, "secret_file", client.secret_file);
	}
}

void print(std::string& out, const AssignmentRules& rules) {
	out += "\n[assignments]\n";
	line(out, "keep", std::optional(rules.keep));
	line(out, "precedence", rules.precedence);
	line(out, "nat", rules.nat);
	line(out, "unknown", word_for(unknown_words, rules.unknown));
	line(out, "silent", std::optional(rules.silent));
}

void print(std::string& out, const ReleaseRules& release) {
	out += "\n[release]\n";
	line(out, "self", release.self);
	std::vector<std::string> levels;
	for (const Level level : release.levels) levels.emplace_back(level_text(level));
	line(out, "levels", levels);
	line(out, "quiet", or_none(release.quiet));
}

void print(std::string& out, const LeaseSource& source) {
	out += "\n[[source]]\n";
	line(out, "name", source.name);
	line(out, "kind", word_for(lease_kind_words, source.kind));
	line(out, "path", source.path);
	if (source.kind != LeaseKind::csv) line(out, "subscriber", word_for(lease_name_words, source.subscriber));
	if (source.kind == LeaseKind::kea) line(out, "every", std::optional(source.every));
}

} // namespace

std::string config_text(const Config& config) {
	std::string out;
	print(out, config.network);
	print(out, config.port25);
	print_prefixes(out, config);
	print(out, config.quarantine);
	print(out, config.garden);
	print(out, config.alerts);
	print(out, config.score);
	for (const Reporter& reporter : config.reporters) print(out, reporter);
	print(out, config.openpgp);
	print(out, config.volume);
	for (const VolumeLimit& limit : config.volume.limits) print(out, limit);
	print(out, config.notices);
	print(out, config.assignments);
	print(out, config.assignments.radius);
	print(out, config.release);
	for (const LeaseSource& source : config.assignments.sources) print(out, source);
	print(out, config.agent);
	return out;
}

} // namespace gate25
