// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who would have been quarantined under another configuration: both are run over the same recorded alerts.
#include "cli/call.h"
#include "cli/offline.h"
#include "cli/replay_history.h"
#include "cli/replay_view.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "wire/alert_row.h"
#include "wire/config.h"

#include <fmt/format.h>

namespace gate25::cli {
namespace {

template <class T> using Or = tl::expected<T, Failure>;

Failure strange(std::string_view what, const Error& error) {
	return failure_of(Error{error.kind, fmt::format("{} cannot be understood: {}", what, error.text), 0});
}

Or<boost::json::object> get(const Call& call, const Target& target) {
	const auto answer = call.api.call("GET", target.text(), "");
	if (!answer) return tl::unexpected(failure_of(answer.error()));
	if (auto failure = failure_of(*answer)) return tl::unexpected(*std::move(failure));
	auto body = read_body(answer->body);
	if (!body) return tl::unexpected(failure_of(body.error()));
	return *std::move(body);
}

Or<Config> configuration_in_force(const Call& call) {
	const auto body = get(call, Target("/v1/config"));
	if (!body) return tl::unexpected(body.error());
	// As it is: text_at() would make its line feeds visible.
	const auto* text = body->if_contains("text");
	auto read = read_config(text != nullptr && text->is_string() ? std::string_view(text->get_string()) : "");
	if (read.errors.empty()) return std::move(read.config);
	return tl::unexpected(strange("the agent's configuration", {ErrorKind::bad_input, error_text("in force", read.errors.front()), 0}));
}

Or<std::vector<PersonAct>> acts(const Call& call) {
	const auto history = get(call, Target("/v1/history").query("limit", "1000000").query("alerts", "0"));
	if (!history) return tl::unexpected(history.error());
	auto read = acts_of(*history);
	if (!read) return tl::unexpected(strange("the agent's history", read.error()));
	return *std::move(read);
}

// The agent writes one in some milliseconds, and in them decides nothing else.
constexpr std::string_view page = "2000";

Or<std::vector<AlertRow>> alerts_after(const Call& call, std::uint64_t after) {
	const auto target = Target("/v1/alerts").query("after", std::to_string(after)).query("limit", page);
	const auto answer = call.api.call("GET", target.text(), "");
	if (!answer) return tl::unexpected(failure_of(answer.error()));
	if (auto failure = failure_of(*answer)) return tl::unexpected(*std::move(failure));
	auto rows = parse_alert_rows(answer->body);
	if (!rows) return tl::unexpected(strange("the agent's list of alerts", rows.error()));
	return *std::move(rows);
}

struct Runs {
	Replay& today;
	Replay& then;
	template <class Event> void take(const Event& event) {
		today.take(event);
		then.take(event);
	}
};

// A page at a time, until one is empty. Each begins above the last, so this ends.
std::optional<Failure> run(const Call& call, const std::vector<PersonAct>& acts, Runs runs) {
	std::uint64_t after = 0;
	auto next = acts.begin();
	for (;;) {
		const auto rows = alerts_after(call, after);
		if (!rows) return rows.error();
		for (const AlertRow& row : *rows) {
			if (row.id <= after)
				return strange("the agent's list of alerts", {ErrorKind::bad_input, fmt::format("alert {} comes after alert {}", row.id, after), 0});
			after = row.id;
			for (; next != acts.end() && next->id < row.id; ++next) runs.take(*next);
			runs.take(row);
		}
		if (rows->empty()) break;
	}
	for (; next != acts.end(); ++next) runs.take(*next);
	return std::nullopt;
}

std::optional<UnixTime> since_of(const Call& call) {
	const auto text = call.words.option("since");
	if (!text) return std::nullopt;
	return parse_time(*text).value(); // checked with the command line
}

} // namespace

int replay(const Call& call) {
	const std::string file(*call.words.option("config"));
	auto config = read_configuration(file);
	if (!config) return report(call, config.error());
	const auto in_force = configuration_in_force(call);
	if (!in_force) return report(call, in_force.error());
	// The router's own addresses are its own under any configuration; the agent knows them, a file does not.
	const auto& routers = in_force->network.routers;
	config->network.routers.insert(config->network.routers.end(), routers.begin(), routers.end());
	const auto done_by_persons = acts(call);
	if (!done_by_persons) return report(call, done_by_persons.error());
	const auto since = since_of(call);
	Replay today(*in_force, since.value_or(UnixTime::min()));
	Replay then(*config, since.value_or(UnixTime::min()));
	if (const auto failure = run(call, *done_by_persons, {today, then})) return report(call, *failure);
	const UnixTime now = call.now;
	today.finish(now);
	then.finish(now);
	const Replayed replayed{today, then, file, since, differences(today, then)};
	if (call.json) print_replayed_json(call.screen, replayed);
	else print_replayed(call.screen, replayed);
	return done;
}

} // namespace gate25::cli
