// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/alert_row.h"

#include "core/text.h"
#include "wire/or_null.h"

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <fmt/format.h>

namespace gate25 {

namespace {

namespace json = boost::json;

json::object json_of(const Voucher& voucher) {
	return {{"desk", voucher.is_desk},
	        {"named", voucher.is_named},
	        {"mail", voucher.is_mail},
	        {"signers", json::array(voucher.signers.begin(), voucher.signers.end())}};
}

json::object json_of(const Attribution& reporter) {
	return {{"name", text_or_null(reporter.name)},
	        {"weight", reporter.weight},
	        {"proof", proof_text(reporter.proof)},
	        {"why", reporter.why}};
}

// One object, read field by field. The first error stays, and everything after it is skipped.
class Row {
public:
	Row(const json::object& object, std::string_view where, std::optional<Error>& error)
		: object_(object), where_(where), error_(error) {}

	void refuse(std::string_view name, const std::string& what) {
		if (!error_) error_ = Error{ErrorKind::bad_input, fmt::format("{}.{} {}", where_, name, what)};
	}
	std::optional<std::string_view> text_if(std::string_view name) {
		const json::value* value = take(name);
		if (value == nullptr || value->is_null()) return std::nullopt;
		if (value->is_string()) return std::string_view(value->get_string());
		refuse_type(name, "a string", *value);
		return std::nullopt;
	}
	std::string_view text(std::string_view name) {
		const auto text = text_if(name);
		if (!text) refuse(name, "must be a string, got null");
		return text.value_or("");
	}
	std::optional<std::uint64_t> number_if(std::string_view name, std::uint64_t least, std::uint64_t most) {
		const json::value* value = take(name);
		if (value == nullptr || value->is_null()) return std::nullopt;
		json::error_code error;
		const bool is_whole = value->is_int64() || value->is_uint64();
		const auto number = is_whole ? value->to_number<std::uint64_t>(error) : 0;
		if (is_whole && !error && number >= least && number <= most) return number;
		refuse_type(name, fmt::format("a whole number from {} to {}", least, most), *value);
		return std::nullopt;
	}
	std::uint64_t number(std::string_view name, std::uint64_t least, std::uint64_t most) {
		const auto number = number_if(name, least, most);
		if (!number) refuse(name, "must be a number, got null");
		return number.value_or(least);
	}
	bool flag(std::string_view name) {
		const json::value* value = take(name);
		if (value != nullptr && !value->is_bool()) refuse_type(name, "true or false", *value);
		return value != nullptr && value->is_bool() && value->get_bool();
	}
	// What `parse` makes of the text.
	template <class Parse> auto word(std::string_view name, const Parse& parse) {
		const auto given = text(name);
		auto value = parse(given);
		if (!value) refuse(name, "is wrong: " + value.error().text);
		return value;
	}
	std::optional<UnixTime> time_if(std::string_view name) {
		const auto given = text_if(name);
		if (!given) return std::nullopt;
		const auto time = parse_time(*given);
		if (time) return *time;
		refuse(name, "is wrong: " + time.error().text);
		return std::nullopt;
	}
	const json::object& object(std::string_view name) {
		static const json::object none;
		const json::value* value = take(name);
		if (value == nullptr) return none;
		if (value->is_object()) return value->get_object();
		refuse_type(name, "an object", *value);
		return none;
	}
	std::vector<std::string> texts(std::string_view name) {
		std::vector<std::string> texts;
		const json::value* value = take(name);
		if (value == nullptr) return texts;
		if (!value->is_array()) {
			refuse_type(name, "an array", *value);
			return texts;
		}
		for (const json::value& one : value->get_array()) {
			if (!one.is_string()) refuse_type(fmt::format("{}[{}]", name, texts.size()), "a string", one);
			texts.emplace_back(one.is_string() ? std::string_view(one.get_string()) : "");
		}
		return texts;
	}
	// A field that nobody took.
	void finish(std::initializer_list<std::string_view> known) {
		if (error_ || object_.size() == taken_) return;
		for (const auto& field : object_)
			if (std::find(known.begin(), known.end(), std::string_view(field.key())) == known.end())
				return refuse(printable(field.key()), "is unknown here: the agent is of another version than this command");
	}
	std::string place(std::string_view name) const { return fmt::format("{}.{}", where_, name); }

private:
	const json::value* take(std::string_view name) {
		const auto found = object_.find(name);
		if (found == object_.end()) {
			refuse(name, "is missing: the agent is of another version than this command");
			return nullptr;
		}
		++taken_;
		return &found->value();
	}
	void refuse_type(std::string_view name, const std::string& expected, const json::value& given) {
		refuse(name, "must be " + expected + ", got " + quoted(json::serialize(given)));
	}
	const json::object& object_;
	std::string_view where_;
	std::optional<Error>& error_;
	std::size_t taken_ = 0;
};

constexpr std::uint64_t most_number = UINT64_MAX;

// JSON's readers keep 53 bits of a number; this one needs all 64.
std::string key_text(std::uint64_t key) {
	return fmt::format("{:016x}", key);
}

std::uint64_t key_of(Row& row) {
	const auto text = row.text_if("key");
	if (!text) return 0;
	std::uint64_t key = 0;
	const auto read = std::from_chars(text->data(), text->data() + text->size(), key, 16);
	if (text->size() != 16 || read.ec != std::errc() || read.ptr != text->data() + text->size() || key == 0)
		row.refuse("key", "must be 16 hexadecimal digits, got " + quoted(*text));
	return key;
}

void read_alert(Row& row, Alert& alert) {
	if (const auto address = row.word("address", Address::parse)) alert.address = *address;
	if (const auto kind = row.word("kind", parse_kind)) alert.kind = *kind;
	if (const auto format = row.word("format", parse_format)) alert.format = *format;
	alert.reporter = row.text_if("reporter").value_or("");
	alert.at = row.time_if("at");
	if (const auto port = row.number_if("port", 0, 65535)) alert.port = static_cast<std::uint16_t>(*port);
	alert.count = static_cast<std::uint32_t>(row.number("count", 0, UINT32_MAX));
	alert.id = row.text_if("report").value_or("");
	alert.is_weak = row.flag("weak");
	alert.evidence = row.text_if("evidence").value_or("");
}

void read_voucher(Row& row, Voucher& voucher, std::optional<Error>& error) {
	voucher.user = row.text("by");
	const std::string where = row.place("voucher");
	Row inner(row.object("voucher"), where, error);
	voucher.is_desk = inner.flag("desk");
	voucher.is_named = inner.flag("named");
	voucher.is_mail = inner.flag("mail");
	voucher.signers = inner.texts("signers");
	inner.finish({"desk", "named", "mail", "signers"});
}

void read_attribution(Row& row, Attribution& reporter, std::optional<Error>& error) {
	const std::string where = row.place("attribution");
	Row inner(row.object("attribution"), where, error);
	reporter.name = inner.text_if("name").value_or("");
	reporter.weight = static_cast<Points>(inner.number("weight", 0, 1000 * one_point));
	if (const auto proof = inner.word("proof", parse_proof)) reporter.proof = *proof;
	reporter.why = inner.text("why");
	inner.finish({"name", "weight", "proof", "why"});
}

void read_judgement(Row& row, AlertRow& read) {
	if (const auto subscriber = row.word("subscriber", Prefix::parse)) read.subscriber = *subscriber;
	read.step = static_cast<unsigned>(row.number("step", 0, last_judge_step));
	if (const auto outcome = row.word("outcome", parse_outcome)) read.outcome = *outcome;
	read.why = row.text("why");
	read.is_tallied = row.flag("tallied");
	read.is_incident = row.flag("incident");
	read.decision = row.number_if("decision", 1, most_number).value_or(0);
	read.key = key_of(row);
	read.repeats = row.number("repeats", 0, most_number);
}

} // namespace

json::object json_of(const AlertRow& row) {
	json::object object;
	object.reserve(24);
	object["id"] = row.id;
	object["received"] = time_text(row.received);
	object["address"] = row.alert.address.text();
	object["kind"] = kind_text(row.alert.kind);
	object["reporter"] = text_or_null(row.alert.reporter);
	object["at"] = row.alert.at ? json::value(time_text(*row.alert.at)) : json::value(nullptr);
	object["port"] = row.alert.port ? json::value(*row.alert.port) : json::value(nullptr);
	object["count"] = row.alert.count;
	object["format"] = format_text(row.alert.format);
	object["report"] = text_or_null(row.alert.id);
	object["weak"] = row.alert.is_weak;
	object["evidence"] = text_or_null(row.alert.evidence);
	object["by"] = row.voucher.user;
	object["voucher"] = json_of(row.voucher);
	object["subscriber"] = row.subscriber.text();
	object["attribution"] = json_of(row.reporter);
	object["outcome"] = outcome_text(row.outcome);
	object["step"] = row.step;
	object["why"] = row.why;
	object["tallied"] = row.is_tallied;
	object["incident"] = row.is_incident;
	object["decision"] = number_or_null(row.decision);
	object["key"] = row.key == 0 ? json::value(nullptr) : json::value(key_text(row.key));
	object["repeats"] = row.repeats;
	return object;
}

Result<AlertRow> parse_alert_row(const json::object& object, std::string_view where) {
	std::optional<Error> error;
	AlertRow read;
	Row row(object, where, error);
	read.id = row.number("id", 0, most_number);
	const auto received = row.time_if("received");
	if (received) read.received = *received;
	else row.refuse("received", "must be a time, got null");
	read_alert(row, read.alert);
	read_voucher(row, read.voucher, error);
	read_attribution(row, read.reporter, error);
	read_judgement(row, read);
	row.finish({"id", "received", "address", "kind", "format", "reporter", "at", "port", "count", "report", "weak", "evidence",
	            "by", "voucher", "attribution", "subscriber", "step", "outcome", "why", "tallied", "incident", "decision", "key",
	            "repeats"});
	if (error) return fail(*std::move(error));
	return read;
}

Result<std::vector<AlertRow>> parse_alert_rows(std::string_view body) {
	json::parse_options options;
	options.max_depth = 5;
	json::error_code code;
	// One piece of memory instead of one for each field of ten thousand rows.
	const auto memory = json::make_shared_resource<json::monotonic_resource>();
	const json::value value = json::parse({body.data(), body.size()}, code, memory, options);
	if (code) return fail(ErrorKind::bad_input, "expected one JSON object, but " + code.message());
	const json::object* object = value.if_object();
	const json::value* schema = object == nullptr ? nullptr : object->if_contains("schema");
	const json::value* list = object == nullptr ? nullptr : object->if_contains("alerts");
	if (schema == nullptr || !schema->is_int64() || schema->get_int64() != 1)
		return fail(ErrorKind::bad_input, "expected \"schema\" 1, the agent is of another version than this command");
	if (list == nullptr || !list->is_array()) return fail(ErrorKind::bad_input, "expected an array \"alerts\", there is none");
	std::vector<AlertRow> rows;
	rows.reserve(list->get_array().size());
	for (const json::value& one : list->get_array()) {
		const auto where = fmt::format("alerts[{}]", rows.size());
		if (!one.is_object()) return fail(ErrorKind::bad_input, where + " must be an object, got " + quoted(json::serialize(one)));
		auto row = parse_alert_row(one.get_object(), where);
		if (!row) return fail(row.error());
		rows.push_back(*std::move(row));
	}
	return rows;
}

} // namespace gate25
