// SPDX-License-Identifier: GPL-2.0-or-later
//
// Quarantines and exemptions by the API: add, end, import.
#include "flow/api.h"
#include "wire/answers.h"
#include "wire/requests.h"

#include <fmt/format.h>

namespace gate25 {
namespace {

namespace json = boost::json;
using Quarantines = std::vector<Quarantine>;
using Exemptions = std::vector<Exemption>;

constexpr std::size_t longest_reason = 1000;

Result<std::string> reason_in(const HttpRequest& request) {
	if (auto checked = check_query(request, {"reason"}); !checked) return fail(checked.error());
	std::string reason = query_value(request, "reason");
	if (reason.size() > longest_reason) return fail(ErrorKind::bad_input, "the reason is longer than 1000 bytes");
	return reason;
}

std::string told(const std::string& what, const std::string& reason) {
	return reason.empty() ? what : what + ": " + reason;
}

struct ImportOutcome {
	std::size_t accepted = 0;
	json::array refused;
	std::vector<Quarantine> quarantines;
};

} // namespace

void Api::add_quarantine(const HttpRequest& request, const HttpReply& reply) {
	const auto wished = parse_quarantine(agent_.policy().config().network, request.body, agent_.now().wall);
	if (!wished) return reply(refusal(wished.error()));
	agent_.change<Quarantine>(
		[wished = *wished, by = request.peer.user](Transaction& transaction, const Desk& desk) {
			return desk.quarantine(transaction, wished, by);
		},
		[this, reply, by = request.peer.user](Result<Quarantine> made) {
			if (!made) return reply(refusal(made.error()));
			agent_.announce("quarantine", agent_.name_of(made->prefix),
			                told(fmt::format("{} by {}", level_text(made->level), by), made->reason));
			json::object body;
			body["quarantine"] = shown(*made);
			reply(answer(201, std::move(body)));
		});
}

void Api::release(const HttpRequest& request, const HttpReply& reply) {
	const auto reason = reason_in(request);
	if (!reason) return reply(refusal(reason.error()));
	agent_.change<Quarantines>(
		[subject = request.path.back(), by = request.peer.user, reason = *reason](Transaction& transaction,
	                                                                              const Desk& desk) {
			return desk.release(transaction, subject, by, reason);
		},
		[this, reply, by = request.peer.user](Result<Quarantines> released) {
			if (!released) return reply(refusal(released.error()));
			for (const Quarantine& quarantine : *released) agent_.aftercare().watch(quarantine);
			for (const Quarantine& quarantine : *released)
				agent_.announce("release", agent_.name_of(quarantine.prefix), fmt::format("quarantine {} by {}", quarantine.id, by));
			json::object body;
			body["released"] = all_shown(*released);
			reply(answer(200, std::move(body)));
		});
}

void Api::add_exemption(const HttpRequest& request, const HttpReply& reply) {
	const auto wished = parse_exemption(agent_.policy().config().network, request.body);
	if (!wished) return reply(refusal(wished.error()));
	agent_.change<Exemption>(
		[wished = *wished, by = request.peer.user](Transaction& transaction, const Desk& desk) {
			return desk.exempt(transaction, wished, by);
		},
		[this, reply, by = request.peer.user](Result<Exemption> made) {
			if (!made) return reply(refusal(made.error()));
			agent_.announce("exempt", agent_.name_of(made->prefix), told("by " + by, made->reason));
			json::object body;
			body["exemption"] = shown(*made);
			reply(answer(201, std::move(body)));
		});
}

void Api::end_exemption(const HttpRequest& request, const HttpReply& reply) {
	const auto reason = reason_in(request);
	if (!reason) return reply(refusal(reason.error()));
	agent_.change<Exemptions>(
		[subject = request.path.back(), by = request.peer.user, reason = *reason](Transaction& transaction,
	                                                                              const Desk& desk) {
			return desk.unexempt(transaction, subject, by, reason);
		},
		[this, reply, by = request.peer.user](Result<Exemptions> ended) {
			if (!ended) return reply(refusal(ended.error()));
			for (const Exemption& exemption : *ended)
				agent_.announce("unexempt", agent_.name_of(exemption.prefix), fmt::format("exemption {} by {}", exemption.id, by));
			json::object body;
			body["ended"] = all_shown(*ended);
			reply(answer(200, std::move(body)));
		});
}

// All good lines of one piece share a transaction; a bad line harms no other.
void Api::import(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_lines(request.body); !checked) return reply(refusal(checked.error()));
	auto body = std::make_shared<const std::string>(request.body);
	agent_.change<ImportOutcome>(
		[this, body, by = request.peer.user](Transaction& transaction, const Desk& desk) -> Result<ImportOutcome> {
			ImportOutcome outcome;
			for (const Line& line : lines_of(*body)) {
				auto wished = parse_quarantine(agent_.policy().config().network, line.text, transaction.now().wall);
				Result<Quarantine> made = wished ? desk.quarantine(transaction, *wished, by) : fail(wished.error());
				if (made) {
					++outcome.accepted;
					continue;
				}
				json::object refused;
				refused["line"] = line.number;
				refused["message"] = made.error().text;
				outcome.refused.push_back(std::move(refused));
			}
			return outcome;
		},
		[this, reply, by = request.peer.user](Result<ImportOutcome> outcome) {
			if (!outcome) return reply(refusal(outcome.error()));
			if (outcome->accepted > 0)
				agent_.announce("import", "", fmt::format("{} quarantines imported by {}", outcome->accepted, by));
			json::object answered;
			answered["accepted"] = outcome->accepted;
			answered["refused"] = std::move(outcome->refused);
			reply(answer(200, std::move(answered)));
		});
}

} // namespace gate25
