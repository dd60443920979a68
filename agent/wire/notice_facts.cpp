// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/notice_facts.h"

#include "core/text.h"
#include "wire/or_null.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace gate25 {
namespace {

namespace json = boost::json;

constexpr int schema = 1;
constexpr std::size_t longest_evidence = 300;

json::array samples_json(const std::vector<NoticeSample>& samples, bool with_evidence) {
	json::array out;
	for (const NoticeSample& sample : samples) {
		if (out.size() == most_samples) break;
		json::object object;
		object["at"] = time_text(sample.at);
		object["kind"] = kind_text(sample.kind);
		object["address"] = sample.address;
		object["port"] = sample.port ? json::value(*sample.port) : json::value(nullptr);
		if (with_evidence) object["evidence"] = text_or_null(sample.evidence);
		out.push_back(std::move(object));
	}
	return out;
}

// All but letters, digits and what may stand in an address: where one begins and ends.
bool ends_word(char c) {
	const auto byte = static_cast<unsigned char>(c);
	return byte <= ' ' || byte == 0x7f || std::string_view("<>()[]\",;:").find(c) != std::string_view::npos;
}

std::string_view end_of_utf8(std::string_view text, std::size_t most) {
	if (text.size() <= most) return text;
	while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80U) --most;
	return text.substr(0, most);
}

} // namespace

std::string tell_safely(std::string_view evidence) {
	const std::string plain = is_utf8(evidence) ? std::string(evidence) : printable(evidence);
	std::string out;
	for (std::size_t i = 0; i < plain.size();) {
		if (ends_word(plain[i])) {
			out += static_cast<unsigned char>(plain[i]) < 0x20 || plain[i] == 0x7f ? ' ' : plain[i];
			++i;
			continue;
		}
		std::size_t end = i;
		while (end < plain.size() && !ends_word(plain[end])) ++end;
		const std::string word = plain.substr(i, end - i);
		out += word.find('@') == word.npos ? word : "...";
		i = end;
	}
	return std::string(end_of_utf8(out, longest_evidence));
}

NoticeSample sample_of(const Alert& alert, UnixTime received) {
	return {alert.at.value_or(received), alert.kind, alert.address.text(), alert.port, tell_safely(alert.evidence)};
}

std::vector<std::string_view> refused_at(Level level) {
	switch (level) {
	case Level::notify: return {};
	case Level::limit: return {"many-mail-connections"};
	case Level::port25: return {"port-25"};
	case Level::mail: return {"port-25", "port-465", "port-587"};
	case Level::garden: return {"port-25", "port-465", "port-587", "internet"};
	}
	return {};
}

namespace {

json::array refused_json(Level level) {
	json::array refused;
	for (const std::string_view word : refused_at(level)) refused.emplace_back(word);
	return refused;
}

} // namespace

std::string notice_body(const NoticeFacts& facts, bool with_evidence) {
	json::object out;
	out["schema"] = schema;
	out["id"] = facts.id;
	out["kind"] = notice_text(facts.kind);
	out["subscriber"] = text_or_null(facts.subscriber);
	out["code"] = facts.code;
	out["decision"] = facts.decision;
	out["level"] = level_text(facts.level);
	// Of one that is over nothing is refused any more.
	out["refused"] = facts.ended ? json::array() : refused_json(facts.level);
	out["self_release"] = facts.can_release_himself;
	out["from"] = time_text(facts.from);
	out["until"] = time_or_null(facts.until);
	out["ended"] = time_or_null(facts.ended);
	out["ended_by_time"] = facts.ended_by_time;
	out["reason"] = facts.samples.empty() ? json::value(nullptr) : json::value(kind_text(facts.samples.front().kind));
	out["ticket"] = text_or_null(facts.ticket);
	out["addresses"] = json::array(facts.addresses.begin(), facts.addresses.end());
	out["samples"] = samples_json(facts.samples, with_evidence);
	out["alerts"] = facts.alerts;
	out["since"] = time_or_null(facts.since);
	out["attempts"] = facts.attempts;
	out["still_misbehaving"] = facts.attempts > 0;
	out["language"] = facts.language;
	return json::serialize(out);
}

std::string with_digest(const std::string& body, const DigestFacts& facts, bool with_evidence) {
	json::error_code error;
	json::value read = json::parse(body, error);
	if (error || !read.is_object()) return body;
	json::object& object = read.get_object();
	object["level"] = level_text(facts.level);
	object["refused"] = refused_json(facts.level);
	object["until"] = time_or_null(facts.until);
	object["since"] = time_or_null(facts.since);
	object["samples"] = samples_json(facts.samples, with_evidence);
	object["alerts"] = facts.alerts;
	return json::serialize(object);
}

std::optional<UnixTime> since_of(const std::string& body) {
	json::error_code error;
	const json::value read = json::parse(body, error);
	if (error || !read.is_object()) return std::nullopt;
	const json::value* since = read.get_object().if_contains("since");
	if (since == nullptr || !since->is_string()) return std::nullopt;
	const auto time = parse_time(since->get_string());
	return time ? std::optional(*time) : std::nullopt;
}

} // namespace gate25
