// SPDX-License-Identifier: GPL-2.0-or-later
//
// The score of one subscriber, with every item in it.
#include "core/special.h"
#include "flow/api.h"
#include "wire/answers.h"
#include "wire/config.h"
#include "wire/requests.h"

namespace gate25 {
namespace {

namespace json = boost::json;

constexpr unsigned most_items = 1000;

// A number with two places, as it is written: -2.5.
json::value points_value(Points points) {
	return static_cast<double>(points) / static_cast<double>(one_point);
}

// What the item adds by itself; ham may be capped in the sum.
Points points_of(const ScoreRules& rules, const AlertRow& row) {
	ScoreRules uncapped = rules;
	uncapped.ham_most = INT64_MAX;
	Tally tally;
	tally.add(row.alert.kind, row.alert.count, row.reporter.weight);
	return score_of(uncapped, tally);
}

json::object item_of(const ScoreRules& rules, const AlertRow& row) {
	json::object item = json_of(row);
	item["points"] = row.is_tallied ? points_value(points_of(rules, row)) : json::value(0);
	item["weight"] = points_value(row.reporter.weight);
	item["taken_for"] = row.reporter.name;
	item["proof"] = proof_text(row.reporter.proof);
	item["repeats"] = row.repeats;
	return item;
}

json::array sums_of(const ScoreRules& rules, const Tally& tally) {
	json::array sums;
	for (const TallyKind kind : all_tally_kinds) {
		json::object sum;
		sum["kind"] = tally_text(kind);
		sum["alerts"] = points_value(tally.of(kind));
		sum["points"] = points_value(points_of(rules, tally, kind));
		sums.push_back(std::move(sum));
	}
	return sums;
}

json::object score_object(const ScoreRules& rules, const std::string& subscriber, const Tally& tally, const History& history) {
	json::object body;
	body["subscriber"] = subscriber;
	body["score"] = points_value(score_of(rules, tally));
	body["threshold"] = points_value(rules.threshold);
	body["is_below"] = score_of(rules, tally) < rules.threshold;
	body["sums"] = sums_of(rules, tally);
	Tally shown;
	json::array items;
	for (const AlertRow& row : history.alerts) {
		if (row.is_tallied) shown.add(row.alert.kind, row.alert.count, row.reporter.weight);
		items.push_back(item_of(rules, row));
	}
	body["items"] = std::move(items);
	// What is added up of alerts that are kept no more, or are too many to show.
	Tally rest = tally;
	for (std::size_t i = 0; i < rest.sums.size(); ++i) rest.sums[i] -= std::min(rest.sums[i], shown.sums[i]);
	body["earlier"] = sums_of(rules, rest);
	return body;
}

} // namespace

void Api::score(const HttpRequest& request, const HttpReply& reply) {
	const Network& network = agent_.policy().config().network;
	const auto asked = parse_any_subject(network, request.path.back());
	if (!asked) return reply(refusal(asked.error()));
	const Prefix subscriber = agent_.desk().party(*asked);
	if (const auto objection = is_subscriber_key(subscriber) ? std::nullopt : objection_to(network, subscriber, "scored"))
		return reply(refusal(*objection));
	HistoryQuery query;
	query.within = subscriber;
	query.limit = most_items;
	agent_.store().history(query, [this, reply, subscriber](const Result<History>& history) {
		if (!history) return reply(refusal(history.error()));
		const Dossier* dossier = agent_.memory().dossiers.find(subscriber);
		reply(answer(200, score_object(agent_.policy().config().score, agent_.name_of(subscriber),
		                               dossier == nullptr ? Tally() : dossier->tally, *history)));
	});
}

// As it is in force, so that another one can be compared with it.
void Api::configuration(const HttpRequest&, const HttpReply& reply) {
	Config config = agent_.policy().config();
	// The router's own addresses are among them, and no file could say the loopback.
	std::erase_if(config.network.routers, [](const Prefix& router) { return !why_special(router).empty(); });
	json::object body;
	body["file"] = agent_.config_file();
	body["text"] = config_text(config);
	reply(answer(200, std::move(body)));
}

} // namespace gate25
