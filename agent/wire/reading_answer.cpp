// SPDX-License-Identifier: GPL-2.0-or-later
//
// The reader's side of wire/reading.h.
#include "wire/reading.h"
#include "wire/report_answer.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace gate25 {
namespace {

namespace json = boost::json;

json::object signature_object(const Signature& signature) {
	return {{"state", signature_text(signature.state)},
	        {"key", signature.key},
	        {"addresses", json::array(signature.addresses.begin(), signature.addresses.end())},
	        {"why", signature.why}};
}

json::object line_object(const ReadReport& read) {
	json::object object = report_object(read.report);
	object["signature"] = signature_object(read.signature);
	object["line"] = read.line;
	return object;
}

} // namespace

std::string spell_reading(const Reading& reading) {
	std::string text = json::serialize(
	    json::object{{"reports", reading.reports.size()}, {"passed_over", reading.passed_over}});
	for (const ReadReport& read : reading.reports) {
		text += '\n';
		text += json::serialize(line_object(read));
	}
	if (text.size() > largest_answer) return spell_failed("it holds more reports than one answer can");
	return text;
}

std::string spell_signed() {
	return R"({"signed":true})";
}

std::string spell_ready() {
	return R"({"ready":true})";
}

std::string spell_failed(std::string_view why) {
	return json::serialize(json::object{{"failed", why}});
}

std::string spell_key(const std::string* key) {
	return json::serialize(json::object{{"key", key != nullptr ? json::value(*key) : json::value(nullptr)}});
}

} // namespace gate25
