// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the API shows of decisions: lists, one subscriber, history, explanations.
#include "flow/api.h"
#include "wire/answers.h"
#include "wire/requests.h"

#include <fmt/format.h>

namespace gate25 {
namespace {

namespace json = boost::json;

constexpr unsigned most_rows = 1000000;

Result<std::optional<Level>> level_in(const HttpRequest& request) {
	const std::string text = query_value(request, "level");
	if (text.empty()) return std::optional<Level>();
	const auto level = parse_level(text);
	if (!level) return fail(level.error());
	return std::optional<Level>(*level);
}

} // namespace

void Api::list_quarantines(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"level", "all"}); !checked) return reply(refusal(checked.error()));
	const auto level = level_in(request);
	if (!level) return reply(refusal(level.error()));
	if (query_value(request, "all") == "1") return list_all_quarantines(request, reply, *level);
	std::vector<std::pair<std::uint64_t, Prefix>> found; // what sorts them; the rest is looked up one by one
	agent_.book().each_quarantine([&](const Quarantine& quarantine) {
		if (!*level || quarantine.level == **level) found.emplace_back(quarantine.id, quarantine.prefix);
	});
	std::sort(found.rbegin(), found.rend());
	ListAnswer list("quarantines");
	for (const auto& [id, prefix] : found)
		if (const auto quarantine = agent_.book().find_quarantine(prefix)) list.add(shown(*quarantine));
	reply(list.finish());
}

void Api::list_all_quarantines(const HttpRequest&, const HttpReply& reply, std::optional<Level> level) {
	HistoryQuery query;
	query.limit = most_rows;
	agent_.store().history(query, [this, reply, level](Result<History> history) {
		if (!history) return reply(refusal(history.error()));
		if (level) std::erase_if(history->quarantines, [&](const Quarantine& q) { return q.level != *level; });
		json::object body;
		body["quarantines"] = all_shown(history->quarantines);
		reply(answer(200, std::move(body)));
	});
}

void Api::show(const HttpRequest& request, const HttpReply& reply) {
	const std::string& subject = request.path.back();
	const Network& network = agent_.policy().config().network;
	std::vector<Quarantine> quarantines;
	std::vector<Exemption> exemptions;
	std::optional<Prefix> subscriber;
	if (const auto number = decision_number(subject)) {
		if (auto found = agent_.book().find_quarantine(*number)) quarantines.push_back(*found);
		if (auto found = agent_.book().find_exemption(*number)) exemptions.push_back(*found);
		if (quarantines.empty() && exemptions.empty())
			return reply(refusal({ErrorKind::not_found, "no decision has number " + subject + " now; see history"}));
		subscriber = quarantines.empty() ? exemptions.front().prefix : quarantines.front().prefix;
	} else {
		const auto asked = parse_any_subject(network, subject);
		if (!asked) return reply(refusal(asked.error()));
		subscriber = agent_.desk().party(*asked);
		std::vector<Prefix> subjects{asked->prefix};
		if (asked->address) subjects = decision_prefixes(network, *asked->address);
		if (*subscriber != asked->prefix) subjects.insert(subjects.begin(), *subscriber);
		for (const Prefix& one : subjects) {
			if (auto found = agent_.book().find_quarantine(one)) quarantines.push_back(*found);
			if (auto found = agent_.book().find_exemption(one)) exemptions.push_back(*found);
		}
	}
	json::object body;
	body["subscriber"] = agent_.name_of(*subscriber);
	body["quarantines"] = all_shown(quarantines);
	body["exemptions"] = all_shown(exemptions);
	reply(answer(200, std::move(body)));
}

void Api::history(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"address", "limit", "alerts"}); !checked) return reply(refusal(checked.error()));
	const auto limit = number_in(request, "limit", 100, most_rows);
	if (!limit) return reply(refusal(limit.error()));
	HistoryQuery query;
	query.limit = static_cast<unsigned>(*limit);
	query.with_alerts = query_value(request, "alerts") != "0";
	const std::string subject = query_value(request, "address");
	if (const auto number = decision_number(subject)) {
		query.id = *number;
	} else if (!subject.empty()) {
		const auto asked = parse_any_subject(agent_.policy().config().network, subject);
		if (!asked) return reply(refusal(asked.error()));
		query.within = asked->prefix;
	}
	agent_.store().history(query, [this, reply](Result<History> history) {
		if (!history) return reply(refusal(history.error()));
		json::object body;
		body["quarantines"] = all_shown(history->quarantines);
		body["exemptions"] = all_shown(history->exemptions);
		body["alerts"] = all_shown(history->alerts);
		body["audit"] = all_shown(history->audit);
		reply(answer(200, std::move(body)));
	});
}

void Api::list_exemptions(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {}); !checked) return reply(refusal(checked.error()));
	std::vector<Exemption> found;
	agent_.book().each_exemption([&](const Exemption& exemption) { found.push_back(exemption); });
	std::sort(found.begin(), found.end(), [](const Exemption& a, const Exemption& b) { return a.id > b.id; });
	json::object body;
	body["exemptions"] = all_shown(found);
	reply(answer(200, std::move(body)));
}

void Api::explain(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"src", "dst", "port"}); !checked) return reply(refusal(checked.error()));
	const auto source = Address::parse(query_value(request, "src"));
	if (!source) return reply(refusal({ErrorKind::bad_input, "src: " + source.error().text}));
	const auto destination = Address::parse(query_value(request, "dst"));
	if (!destination) return reply(refusal({ErrorKind::bad_input, "dst: " + destination.error().text}));
	if (source->family() != destination->family())
		return reply(refusal({ErrorKind::bad_input, "src and dst must be of one family, got " + source->text() + " and " +
		                                                destination->text()}));
	const auto port = number_in(request, "port", port_smtp, 65535);
	if (!port) return reply(refusal(port.error()));
	Packet packet;
	packet.source = *source;
	packet.destination = *destination;
	packet.destination_port = static_cast<std::uint16_t>(*port);
	const Decided decided = agent_.policy().decide(packet, agent_.coverage());
	reply(answer(200, json_of(packet, decided, agent_.policy().why(packet, decided))));
}

} // namespace gate25
