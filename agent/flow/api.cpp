// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/api.h"

#include "wire/answers.h"

#include <charconv>
#include <fmt/format.h>

namespace gate25 {

const Api::Route Api::routes[] = {
	{"GET", "v1/status", true, &Api::status},
	{"GET", "metrics", false, &Api::metrics},
	{"GET", "v1/quarantines", false, &Api::list_quarantines},
	{"POST", "v1/quarantines", false, &Api::add_quarantine},
	{"GET", "v1/quarantines/*", false, &Api::show},
	{"DELETE", "v1/quarantines/*", false, &Api::release},
	{"GET", "v1/history", false, &Api::history},
	{"POST", "v1/import", false, &Api::import},
	{"GET", "v1/exemptions", false, &Api::list_exemptions},
	{"POST", "v1/exemptions", false, &Api::add_exemption},
	{"DELETE", "v1/exemptions/*", false, &Api::end_exemption},
	{"GET", "v1/alerts", false, &Api::list_alerts},
	{"POST", "v1/alerts", true, &Api::alerts},
	{"POST", "v1/reports", true, &Api::reports},
	{"GET", "v1/inbox", false, &Api::inbox},
	{"GET", "v1/inbox/*", false, &Api::show_report},
	{"GET", "v1/inbox/*/bytes", false, &Api::report_bytes},
	{"POST", "v1/inbox/*", false, &Api::read_again},
	{"DELETE", "v1/inbox/*", false, &Api::close_report},
	{"GET", "v1/score/*", false, &Api::score},
	{"GET", "v1/volume", false, &Api::volume},
	{"GET", "v1/volume/top", false, &Api::volume_top},
	{"GET", "v1/volume/spread", false, &Api::volume_spread},
	{"GET", "v1/whatif", false, &Api::what_if},
	{"GET", "v1/outbox", false, &Api::outbox},
	{"POST", "v1/outbox/*", false, &Api::report_delivery},
	{"GET", "v1/notices", false, &Api::list_notices},
	{"GET", "v1/subscribers", false, &Api::holder},
	{"GET", "v1/subscribers/*", false, &Api::subscriber},
	{"PUT", "v1/subscribers/*", false, &Api::set_contact},
	{"DELETE", "v1/subscribers/*", false, &Api::forget},
	{"GET", "v1/assignments", false, &Api::list_assignments},
	{"POST", "v1/assignments", false, &Api::assign},
	{"DELETE", "v1/assignments", false, &Api::unassign},
	{"GET", "v1/sources", false, &Api::sources},
	{"GET", "v1/portal/state", false, &Api::portal_state, true},
	{"POST", "v1/portal/release", false, &Api::portal_release, true},
	{"GET", "v1/portal/codes/*", false, &Api::portal_code, true},
	{"GET", "v1/config", false, &Api::configuration},
	{"GET", "v1/explain", false, &Api::explain},
	{"GET", "v1/ruleset", false, &Api::ruleset},
	{"GET", "v1/events", false, &Api::events},
	{"POST", "v1/reload", false, &Api::reload},
	{"POST", "v1/remove", false, &Api::remove},
};

namespace {

std::string path_text(const HttpRequest& request) {
	std::string text;
	for (const std::string& segment : request.path) text += '/' + segment;
	return text;
}

bool is_at(std::string_view pattern, const std::vector<std::string>& path) {
	for (const std::string& segment : path) {
		const std::size_t end = pattern.find('/');
		const std::string_view wanted = pattern.substr(0, end);
		if (wanted.empty() || (wanted != "*" && wanted != segment)) return false;
		pattern.remove_prefix(end == std::string_view::npos ? pattern.size() : end + 1);
	}
	return pattern.empty();
}

bool is_for(SocketKind socket, const Api::Route& route) {
	return socket == SocketKind::control || (socket == SocketKind::alert ? route.on_alert_socket : route.on_portal_socket);
}

} // namespace

void Api::handle(HttpRequest request, HttpReply reply) {
	std::string methods;
	for (const Route& route : routes) {
		if (!is_at(route.path, request.path)) continue;
		if (request.method != route.method) {
			methods += std::string(methods.empty() ? "" : ", ") + route.method;
			continue;
		}
		if (!is_for(request.socket, route))
			return reply(refusal({ErrorKind::denied, fmt::format("{} {} is not for the {}; use the control socket", request.method,
			                                                     path_text(request), socket_text(request.socket))}));
		return (this->*route.handler)(request, reply);
	}
	if (methods.empty())
		return reply(refusal({ErrorKind::not_found, "there is nothing at " + path_text(request) + "; see docs/openapi.yaml"}));
	HttpResponse response = refusal({ErrorKind::bad_input, fmt::format("{} takes {}, not {}", path_text(request), methods,
	                                                                   request.method)});
	response.status = 405;
	reply(std::move(response));
}

Result<void> check_query(const HttpRequest& request, std::initializer_list<const char*> known) {
	for (const auto& [name, value] : request.query) {
		bool is_known = false;
		for (const char* one : known) is_known = is_known || name == one;
		if (!is_known) return fail(ErrorKind::bad_input, "unknown query parameter \"" + name + "\"");
	}
	return {};
}

Result<std::uint64_t> number_in(const HttpRequest& request, const char* name, std::uint64_t otherwise, std::uint64_t most) {
	const std::string text = query_value(request, name);
	if (text.empty()) return otherwise;
	std::uint64_t number = 0;
	const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
	if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number > most)
		return fail(ErrorKind::bad_input, fmt::format("{} must be a whole number up to {}, got \"{}\"", name, most, text));
	return number;
}

Result<std::optional<UnixTime>> time_in(const HttpRequest& request, const char* name) {
	const std::string text = query_value(request, name);
	if (text.empty()) return std::optional<UnixTime>();
	const auto time = parse_time(text);
	if (!time) return fail(ErrorKind::bad_input, fmt::format("{}: {}", name, time.error().text));
	return std::optional<UnixTime>(*time);
}

Result<std::optional<std::uint16_t>> port_in(const HttpRequest& request, const char* name) {
	const auto port = number_in(request, name, 0, 65535);
	if (!port) return fail(port.error());
	if (query_value(request, name).empty()) return std::optional<std::uint16_t>();
	if (*port == 0) return fail(ErrorKind::bad_input, fmt::format("{} must be a port from 1 to 65535, got 0", name));
	return std::optional<std::uint16_t>(static_cast<std::uint16_t>(*port));
}

std::string query_value(const HttpRequest& request, const char* name) {
	const auto found = request.query.find(name);
	return found == request.query.end() ? std::string() : found->second;
}

} // namespace gate25
