// SPDX-License-Identifier: GPL-2.0-or-later
//
// The agent's side of wire/reading.h: nothing that is not expected gets through.
#include "wire/reading.h"

#include "core/text.h"
#include "wire/report_build.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/static_resource.hpp>
#include <fmt/format.h>
#include <limits>
#include <new>

namespace gate25 {
namespace {

namespace json = boost::json;

constexpr std::array<ReportOutcome, 3> all_report_outcomes{ReportOutcome::parsed, ReportOutcome::aside,
                                                           ReportOutcome::refused};
constexpr std::array<AddressOrigin, 3> all_origins{AddressOrigin::none, AddressOrigin::source_field,
                                                   AddressOrigin::received};
constexpr std::array<Corroboration, 3> all_corroborations{Corroboration::none, Corroboration::agrees,
                                                          Corroboration::differs};
constexpr std::array<SignatureState, 5> all_signature_states{SignatureState::none, SignatureState::good,
                                                             SignatureState::untrusted, SignatureState::unknown_key,
                                                             SignatureState::bad};
constexpr std::size_t longest_number = 64; // of a time, an address, a key

bool is_control(char c) {
	return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_clean(std::string_view text, std::size_t most) {
	return text.size() <= most && std::none_of(text.begin(), text.end(), is_control);
}

bool is_lower_ascii(std::string_view text) {
	return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && (c < 'A' || c > 'Z'); });
}

bool is_key(std::string_view text) {
	const bool is_hex = std::all_of(text.begin(), text.end(), [](char c) {
		return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
	});
	return is_hex && (text.size() == 16 || text.size() == 32 || text.size() == 40 || text.size() == 64);
}

// An object that has exactly the members that are taken from it, each of the type and within the bounds that are
// asked for. What was wrong first stays; what is taken after it is empty.
class Members {
public:
	explicit Members(const json::value& value) : object_(value.if_object()) {
		if (object_ == nullptr) refuse("an object");
	}

	std::string text(std::string_view name, std::size_t most) {
		const json::value* value = take(name);
		if (value == nullptr) return {};
		const json::string* text = value->if_string();
		if (text == nullptr || !is_clean(*text, most)) return refuse(name), std::string();
		return std::string(*text);
	}
	std::string text_or_null(std::string_view name, std::size_t most) { return is_null(name) ? "" : text(name, most); }
	std::uint64_t number(std::string_view name, std::uint64_t least, std::uint64_t most) {
		const json::value* value = take(name);
		if (value == nullptr) return least;
		const std::int64_t* number = value->if_int64();
		const bool is_within = number != nullptr && *number >= 0 && static_cast<std::uint64_t>(*number) >= least &&
		                       static_cast<std::uint64_t>(*number) <= most;
		if (!is_within) refuse(name);
		return is_within ? static_cast<std::uint64_t>(*number) : least;
	}
	template <class Word, std::size_t size>
	Word word(std::string_view name, const std::array<Word, size>& all, std::string_view (*spell)(Word)) {
		const std::string given = text(name, longest_number);
		const auto found = std::find_if(all.begin(), all.end(), [&](Word one) { return spell(one) == given; });
		if (found != all.end()) return *found;
		refuse(name);
		return all.front();
	}
	std::optional<std::uint16_t> port(std::string_view name) {
		if (is_null(name)) return std::nullopt;
		return static_cast<std::uint16_t>(number(name, 0, std::numeric_limits<std::uint16_t>::max()));
	}
	// By a parser of core.
	template <class T> T parsed(std::string_view name, Result<T> (*parse)(std::string_view)) {
		Result<T> value = parse(text(name, longest_number));
		if (!value) refuse(name);
		return value ? std::move(*value) : T{};
	}
	const json::value* take(std::string_view name) {
		const json::value* value = object_ == nullptr ? nullptr : object_->if_contains(name);
		if (value == nullptr) refuse(name);
		++taken_;
		return value;
	}
	// null counts as taken.
	bool is_null(std::string_view name) {
		const json::value* value = object_ == nullptr ? nullptr : object_->if_contains(name);
		if (value == nullptr || !value->is_null()) return false;
		++taken_;
		return true;
	}
	void refuse(std::string_view name) {
		if (problem_.empty()) problem_ = fmt::format("{} is missing, or not what is expected", name);
	}
	Result<void> finish() const {
		if (!problem_.empty()) return fail(ErrorKind::bad_input, problem_);
		if (object_->size() != taken_) return fail(ErrorKind::bad_input, "there are further members");
		return {};
	}

private:
	const json::object* object_;
	std::size_t taken_ = 0;
	std::string problem_;
};

Result<Signature> take_signature(const json::value& value) {
	Members members(value);
	Signature signature;
	signature.state = members.word("state", all_signature_states, signature_text);
	signature.key = members.text("key", longest_number);
	signature.why = members.text("why", reports::longest_why);
	const json::value* addresses = members.take("addresses");
	const json::array* list = addresses == nullptr ? nullptr : addresses->if_array();
	if (list == nullptr || list->size() > most_signers) return fail(ErrorKind::bad_input, "addresses are no short list");
	for (const json::value& one : *list) {
		const json::string* text = one.if_string();
		if (text == nullptr || text->size() > longest_signer || !is_lower_ascii(*text) || text->find('@') == text->npos)
			return fail(ErrorKind::bad_input, "an address is none");
		signature.addresses.emplace_back(*text);
	}
	if (auto finished = members.finish(); !finished) return fail(finished.error());
	const bool is_good = signature.state == SignatureState::good;
	if (is_good == signature.addresses.empty() || (is_good && !is_key(signature.key)) ||
	    (!signature.key.empty() && !is_key(signature.key)))
		return fail(ErrorKind::bad_input, "a signature is good exactly when it names its key and addresses");
	return signature;
}

std::optional<Endpoint> take_end(Members& members) {
	if (members.is_null("other")) return std::nullopt;
	const json::value* value = members.take("other");
	if (value == nullptr) return std::nullopt;
	Members end(*value);
	Endpoint other{end.parsed<Address>("address", Address::parse), end.port("port")};
	if (!end.finish()) members.refuse("other");
	return other;
}

Report take_report(Members& members) {
	using namespace reports;
	Report report;
	report.format = members.word("format", all_report_formats, format_text);
	report.kind = members.word("kind", all_alert_kinds, kind_text);
	if (!members.is_null("address")) report.address = members.parsed<Address>("address", Address::parse);
	report.port = members.port("port");
	if (!members.is_null("at")) report.at = members.parsed<UnixTime>("at", parse_time);
	report.reporter = members.text_or_null("reporter", longest_name);
	report.outcome = members.word("outcome", all_report_outcomes, outcome_text);
	report.why = members.text("why", longest_why);
	report.id = members.text_or_null("id", longest_id);
	report.type = members.text_or_null("type", longest_type);
	report.count = static_cast<std::uint32_t>(members.number("count", 1, std::numeric_limits<std::uint32_t>::max()));
	report.origin = members.word("origin", all_origins, origin_text);
	report.corroboration = members.word("corroboration", all_corroborations, corroboration_text);
	report.other = take_end(members);
	report.evidence = members.text("evidence", longest_evidence);
	if (report.port && (*report.port == 0 || report.port == 25)) members.refuse("port");
	if (report.outcome == ReportOutcome::parsed && !report.address) members.refuse("address");
	return report;
}

Result<ReadReport> take_line(const json::value& value, Answerer from) {
	Members members(value);
	ReadReport read;
	read.report = take_report(members);
	read.line = static_cast<std::uint32_t>(members.number("line", 1, std::numeric_limits<std::uint32_t>::max()));
	const json::value* signature = members.take("signature");
	if (auto finished = members.finish(); !finished) return fail(finished.error());
	auto taken = take_signature(*signature);
	if (!taken) return fail(taken.error());
	if (from == Answerer::reader && taken->state != SignatureState::none)
		return fail(ErrorKind::bad_input, "it speaks of a signature, which it cannot verify");
	read.signature = std::move(*taken);
	return read;
}

std::string_view cut_line(std::string_view& rest) {
	const auto end = std::min(rest.find('\n'), rest.size());
	const std::string_view line = rest.substr(0, end);
	rest.remove_prefix(std::min(end + 1, rest.size()));
	return line;
}

// Calls `use` with the JSON of a line, which takes no more memory than `arena` has.
template <class Use> auto with_json(std::string_view line, std::span<unsigned char> arena, Use use)
    -> decltype(use(std::declval<const json::value&>())) {
	if (line.size() > longest_answer_line) return fail(ErrorKind::bad_input, "a line is too long");
	json::static_resource memory(arena.data(), arena.size());
	json::error_code error;
	json::parse_options options;
	options.max_depth = 4;
	try {
		const json::value value = json::parse(line, error, &memory, options);
		if (error) return fail(ErrorKind::bad_input, "a line is no JSON: " + error.message());
		return use(value);
	} catch (const std::bad_alloc&) {
		return fail(ErrorKind::bad_input, "a line takes too much memory");
	}
}

Result<Answer> take_counts(const json::value& value, std::size_t& reports) {
	Members members(value);
	Answer answer;
	answer.kind = Answer::Kind::reading;
	reports = members.number("reports", 0, most_reports);
	answer.reading.passed_over = members.number("passed_over", 0, largest_job);
	if (auto finished = members.finish(); !finished) return fail(finished.error());
	return answer;
}

Result<Answer> take_first(const json::value& value, std::size_t& reports) {
	const json::object* object = value.if_object();
	if (object == nullptr) return fail(ErrorKind::bad_input, "expected an object");
	if (object->size() == 2) return take_counts(value, reports);
	Members members(value);
	Answer answer;
	if (object->contains("signed") || object->contains("ready")) {
		const bool is_signed = object->contains("signed");
		answer.kind = is_signed ? Answer::Kind::is_signed : Answer::Kind::ready;
		const json::value* yes = members.take(is_signed ? "signed" : "ready");
		if (!yes->is_bool() || !yes->get_bool()) members.refuse("true");
	} else {
		answer.kind = Answer::Kind::failed;
		answer.why = members.text("failed", reports::longest_why);
	}
	if (auto finished = members.finish(); !finished) return fail(finished.error());
	return answer;
}

// The key server's answer is one long text, and the only one.
Result<Answer> take_key(std::string_view body) {
	json::error_code error;
	const json::value value = json::parse(body, error);
	const json::object* object = error ? nullptr : value.if_object();
	const json::value* key = object != nullptr && object->size() == 1 ? object->if_contains("key") : nullptr;
	if (key == nullptr || !(key->is_null() || key->is_string()))
		return fail(ErrorKind::bad_input, "expected an object with a key");
	Answer answer;
	answer.kind = Answer::Kind::key;
	if (key->is_string()) answer.key = std::string(key->get_string());
	if (answer.key && answer.key->size() > largest_key) return fail(ErrorKind::bad_input, "the key is too long");
	return answer;
}

bool may_say(Answerer from, Answer::Kind kind) {
	switch (kind) {
	case Answer::Kind::reading: return from != Answerer::fetcher;
	case Answer::Kind::is_signed: return from == Answerer::reader;
	case Answer::Kind::key: return from == Answerer::fetcher;
	case Answer::Kind::ready:
	case Answer::Kind::failed: break;
	}
	return true;
}

} // namespace

Result<Answer> parse_answer(std::string_view body, Answerer from) {
	constexpr std::size_t most_of_a_key = 3 * largest_key; // its line ends are escaped
	if (from == Answerer::fetcher && body.starts_with("{\"key\""))
		return body.size() <= most_of_a_key ? take_key(body) : fail(ErrorKind::bad_input, "the key is too long");
	std::array<unsigned char, std::size_t{64} << 10U> arena; // NOLINT: filled by the parser
	std::size_t expected = 0;
	auto answer = with_json(cut_line(body), arena,
	                        [&](const json::value& value) { return take_first(value, expected); });
	if (!answer) return answer;
	if (!may_say(from, answer->kind)) return fail(ErrorKind::bad_input, "that is not for this process to say");
	answer->reading.reports.reserve(expected);
	for (; expected > 0 && !body.empty(); --expected) {
		auto read = with_json(cut_line(body), arena, [&](const json::value& value) { return take_line(value, from); });
		if (!read) return fail(read.error());
		answer->reading.reports.push_back(std::move(*read));
	}
	if (expected > 0 || !body.empty()) return fail(ErrorKind::bad_input, "the number of reports is not as announced");
	return answer;
}

} // namespace gate25
