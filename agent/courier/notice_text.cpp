// SPDX-License-Identifier: GPL-2.0-or-later
#include "courier/notice_text.h"

#include "core/alert.h"
#include "core/decision.h"
#include "core/time.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace gate25 {
namespace {

namespace json = boost::json;

const json::value* value_of(const json::object& object, std::string_view name) {
	const json::value* value = object.if_contains({name.data(), name.size()});
	return value == nullptr || value->is_null() ? nullptr : value;
}

std::string text_of(const json::object& object, std::string_view name) {
	const json::value* value = value_of(object, name);
	if (value == nullptr) return {};
	if (value->is_string()) return std::string(value->get_string());
	return json::serialize(*value);
}

// "2026-11-22 15:04 UTC", as people read it.
std::string moment_of(const json::object& object, std::string_view name) {
	const std::string text = text_of(object, name);
	if (text.size() < 17) return text;
	return text.substr(0, 10) + ' ' + text.substr(11, 5) + " UTC";
}

constexpr const char* yes = "yes";

void put_choice(TemplateValues& values, const std::string& prefix, std::string_view chosen) {
	if (!chosen.empty()) values.texts[prefix + std::string(chosen)] = yes;
}

// "missed-spam" cannot be part of a name.
std::string as_name(std::string text) {
	for (char& c : text)
		if (c == '-') c = '_';
	return text;
}

TemplateValues sample_values(const json::object& sample) {
	TemplateValues values;
	values.texts["at"] = moment_of(sample, "at");
	for (const char* name : {"kind", "address", "port", "evidence"}) values.texts[name] = text_of(sample, name);
	return values;
}

} // namespace

const TemplateNames& notice_names() {
	static const TemplateNames names = [] {
		TemplateNames made;
		made.texts = {"code",  "subscriber", "decision", "kind",     "level",    "reason",        "from",    "until",  "ended",
		              "since", "ticket",     "alerts",   "attempts", "provider", "ended_by_time", "site",    "help",   "number",
		              "has_samples", "self_release"};
		for (const Level level : all_levels) made.texts.push_back("level_" + std::string(level_text(level)));
		for (const AlertKind kind : all_alert_kinds) made.texts.push_back("reason_" + as_name(std::string(kind_text(kind))));
		made.lists["samples"] = {"at", "kind", "address", "port", "evidence"};
		made.lists["addresses"] = {"prefix"};
		return made;
	}();
	return names;
}

TemplateValues notice_values(const json::object& facts, const NoticeRules& rules) {
	TemplateValues values;
	for (const char* name : {"code", "subscriber", "decision", "kind", "level", "reason", "ticket"})
		values.texts[name] = text_of(facts, name);
	values.texts["number"] = text_of(facts, "id");
	for (const char* name : {"alerts", "attempts"})
		if (const std::string number = text_of(facts, name); number != "0") values.texts[name] = number;
	for (const char* name : {"from", "until", "ended", "since"}) values.texts[name] = moment_of(facts, name);
	if (text_of(facts, "ended_by_time") == "true") values.texts["ended_by_time"] = yes;
	put_choice(values, "level_", values.texts["level"]);
	put_choice(values, "reason_", as_name(values.texts["reason"]));
	values.texts["provider"] = rules.provider;
	values.texts["site"] = rules.site;
	if (text_of(facts, "self_release") == "true" && !rules.site.empty()) values.texts["self_release"] = yes;
	values.texts["help"] = rules.help;
	auto& samples = values.lists["samples"];
	if (const json::value* list = value_of(facts, "samples"); list != nullptr && list->is_array())
		for (const json::value& one : list->get_array())
			if (one.is_object()) samples.push_back(sample_values(one.get_object()));
	if (!samples.empty()) values.texts["has_samples"] = yes;
	auto& addresses = values.lists["addresses"];
	if (const json::value* list = value_of(facts, "addresses"); list != nullptr && list->is_array())
		for (const json::value& one : list->get_array())
			if (one.is_string()) addresses.emplace_back().texts["prefix"] = std::string(one.get_string());
	return values;
}

} // namespace gate25
