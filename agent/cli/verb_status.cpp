// SPDX-License-Identifier: GPL-2.0-or-later
//
// One screen that an engineer understands at 3 a.m.: first whether anything is wrong and what, then
// whether the protection is in place, then the numbers.
#include "cli/call.h"
#include "cli/table.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "cli/when.h"
#include "core/decision.h"

#include <algorithm>
#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

using boost::json::object;

constexpr std::size_t label_width = 15;

void row(const Screen& screen, std::string_view label, std::string_view value, Color color = Color::none) {
	const auto room = screen.table_width() > 2 * label_width ? screen.table_width() - label_width : 0;
	const auto head = fmt::format("{:<{}}", label, label_width);
	screen.out << head << screen.paint(color, wrapped(value, room, label_width)) << '\n';
}

void head(const Screen& screen, const object& status) {
	const bool is_ok = text_at(status, "state") == "ok";
	screen.out << fmt::format("gate25 {}   ", text_at(status, "version"))
	           << screen.paint(is_ok ? Color::green : Color::red, is_ok ? "OK" : "DEGRADED")
	           << fmt::format("   since {}\n", moment(text_at(status, "started")));
	for (const auto& problem : array_at(status, "problems")) {
		const auto room = screen.table_width() > 20 ? screen.table_width() - 4 : 0;
		screen.out << "  " << screen.paint(Color::red, "! " + wrapped(as_text(problem), room, 4)) << '\n';
	}
	screen.out << '\n';
}

void protection(const Screen& screen, const object& kernel) {
	if (text_at(kernel, "table") == "present") {
		row(screen, "protection",
		    fmt::format("in place: table inet gate25, {}", counted(count_at(kernel, "elements"), "element")));
	} else {
		row(screen, "protection", "MISSING: the table inet gate25 is gone, port 25 is open", Color::red);
	}
	const auto repairs = count_at(kernel, "repairs");
	if (repairs == 0) return;
	row(screen, "",
	    fmt::format("repaired {}, last at {}: {}", counted(repairs, "time"), moment(text_at(kernel, "last_repair")),
	                text_at(kernel, "last_repair_why")),
	    Color::yellow);
}

std::string by_level(const object& quarantines) {
	std::string text;
	for (const auto level : all_levels) {
		const auto number = count_at(quarantines, level_text(level));
		if (number > 0)
			text += fmt::format("{}{} {}", text.empty() ? "" : ", ", level_text(level), grouped(number));
	}
	return text.empty() ? text : fmt::format(" ({})", text);
}

// "spam 3, ..." of what is not zero, in the order in which the agent tells it.
std::string nonzero(const object& counts) {
	std::string text;
	for (const auto& count : counts) {
		const auto number = count_at(counts, count.key());
		if (number > 0)
			text += fmt::format("{}{} {}", text.empty() ? "" : ", ", clean(count.key()), grouped(number));
	}
	return text;
}

// Nothing of what an agent does not tell.
void alerts(const Screen& screen, const object& status) {
	const auto monitored = count_at(status, "monitored");
	if (monitored > 0)
		row(screen, "", fmt::format("{} more only monitored: recorded, nothing is refused", grouped(monitored)),
		    Color::yellow);
	row(screen, "exemptions", grouped(count_at(status, "exemptions")));
	if (const auto text = nonzero(object_at(status, "alerts")); !text.empty())
		row(screen, "alerts", text + " since the start");
	const auto& inbox = object_at(status, "inbox");
	const auto aside = count_at(inbox, "aside");
	const auto waiting = count_at(inbox, "waiting");
	if (aside + waiting > 0)
		row(screen, "inbox", fmt::format("{} for a person, {} for a key", grouped(aside), grouped(waiting)),
		    aside > 0 ? Color::yellow : Color::none);
	const auto& readers = object_at(status, "readers");
	const auto restarts = count_at(readers, "restarts");
	if (restarts > 0)
		row(screen, "readers",
		    fmt::format("restarted {}, {} read", counted(restarts, "time"),
		                counted(count_at(readers, "jobs"), "report")),
		    Color::yellow);
}

std::string_view enforced_by(std::string_view verdicts) {
	if (verdicts == "queue") return "limits on connections are enforced by the agent, which the kernel asks";
	if (verdicts == "external") return "limits on connections are enforced by the agent, which rules of your own ask";
	if (verdicts == "meters") return "limits on connections are enforced by meters in the kernel";
	return "no limit on connections is enforced";
}

// Nothing when nothing is counted.
void volume(const Screen& screen, const object& status) {
	const auto& volume = object_at(status, "volume");
	if (volume.empty()) return;
	const auto number = [&](const char* name) { return grouped(count_at(volume, name)); };
	row(screen, "volume", fmt::format("{} and {} since the start", counted(count_at(volume, "attempts"), "attempt"),
	                                  counted(count_at(volume, "connections"), "connection")));
	const auto verdicts = text_at(volume, "verdicts");
	const bool is_asked = verdicts == "queue" || verdicts == "external";
	row(screen, "", fmt::format("{}{}", enforced_by(verdicts),
	                            is_asked ? ", fail " + text_at(volume, "fail") : std::string()));
	if (const auto& policy = object_at(volume, "policy"); count_at(policy, "requests") > 0)
		row(screen, "", fmt::format("{} through the relay, {} refused", counted(count_at(policy, "messages"), "message"),
		                            grouped(count_at(policy, "deferred") + count_at(policy, "rejected"))));
	row(screen, "", fmt::format("{} refused by a limit, {} would have been; {}", number("refused"), number("would_refuse"),
	                            counted(count_at(volume, "alerts"), "alert")));
	const auto lost = count_at(object_at(volume, "log_refused"), "lost") + count_at(object_at(volume, "queues"), "full");
	if (lost > 0) row(screen, "", fmt::format("{} came faster than they were read", counted(lost, "packet")), Color::yellow);
}

// Whether a problem above says it already.
bool is_told(const object& status, const std::string& text) {
	const auto& problems = array_at(status, "problems");
	return std::any_of(problems.begin(), problems.end(), [&](const boost::json::value& problem) {
		return as_text(problem).find(text) != std::string::npos;
	});
}

void configuration(const Screen& screen, const object& status) {
	const auto& config = object_at(status, "config");
	row(screen, "configuration",
	    fmt::format("{}, generation {}, loaded {}", text_at(config, "file"), text_at(status, "generation"),
	                moment(text_at(config, "loaded"))));
	const auto error = text_at(config, "error");
	if (!error.empty() && !is_told(status, error))
		row(screen, "", "the last reload was refused: " + error, Color::red);
}

void store(const Screen& screen, const object& store) {
	if (!is_true_at(store, "ok")) {
		row(screen, "store", "FAILED: " + text_at(store, "problem"), Color::red);
	} else {
		row(screen, "store",
		    fmt::format("ok, {}, the last took {:.1f} ms", counted(count_at(store, "commits"), "commit"),
		                static_cast<double>(count_at(store, "last_commit_us")) / 1000));
	}
	const auto failures = count_at(store, "failures");
	if (failures > 0) row(screen, "", counted(failures, "failed commit") + " since the start", Color::yellow);
}

// block4 and block6 -> block; port25_4 -> port25
std::string_view without_family(std::string_view name) {
	if (!name.empty() && (name.back() == '4' || name.back() == '6')) name.remove_suffix(1);
	if (!name.empty() && name.back() == '_') name.remove_suffix(1);
	return name;
}

// Only what moved; both families in one row.
void counters(const Screen& screen, const object& counters) {
	Table table({{"PACKETS"}, {"IPV4", 0, 0, true}, {"IPV6", 0, 0, true}});
	std::vector<std::string> shown;
	for (const auto& counter : counters) {
		const std::string name(without_family(std::string_view(counter.key())));
		if (std::find(shown.begin(), shown.end(), name) != shown.end()) continue;
		shown.push_back(name);
		const auto packets = [&](char family) {
			const auto plain = count_at(object_at(counters, name + family), "packets");
			return plain > 0 ? plain : count_at(object_at(counters, name + '_' + family), "packets");
		};
		if (packets('4') + packets('6') == 0) continue;
		table.add({clean(name), grouped(packets('4')), grouped(packets('6'))});
	}
	if (!table.is_empty()) screen.out << '\n' << table.text(screen);
}

} // namespace

int status(const Call& call) {
	return finish(call, call.api.call("GET", "/v1/status", ""), [&](const object& status) {
		const auto& screen = call.screen;
		head(screen, status);
		protection(screen, object_at(status, "kernel"));
		const auto& quarantines = object_at(status, "quarantines");
		row(screen, "quarantines", grouped(count_at(quarantines, "total")) + by_level(quarantines));
		alerts(screen, status);
		volume(screen, status);
		configuration(screen, status);
		store(screen, object_at(status, "store"));
		counters(screen, object_at(status, "counters"));
	});
}

} // namespace gate25::cli
