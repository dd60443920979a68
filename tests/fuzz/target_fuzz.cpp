// SPDX-License-Identifier: GPL-2.0-or-later
//
// The target of a request; spelt again it means the same.
#include "fuzz.h"

#include "edge/http/target.h"

#include <string>

using namespace gate25;

namespace {

std::string spelt(const HttpTarget &target) {
	std::string text;
	for (const std::string &segment : target.path) text += '/' + percent_encode(segment);
	if (text.empty()) text = "/";
	char separator = '?';
	for (const auto &[name, value] : target.query) {
		text += separator + percent_encode(name) + '=' + percent_encode(value);
		separator = '&';
	}
	return text;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
	const auto target = parse_target(fuzz::text_of(data, size));
	if (!target) {
		fuzz::require(!target.error().text.empty(), "an error says something");
		fuzz::check_utf8(target.error().text);
		return 0;
	}
	for (const std::string &segment : target->path) fuzz::check_utf8(segment);
	for (const auto &[name, value] : target->query) {
		fuzz::require(!name.empty() && name.find('\0') == name.npos && value.find('\0') == value.npos, "no NUL");
		fuzz::check_utf8(name);
		fuzz::check_utf8(value);
	}
	// A single empty segment has no spelling of its own.
	if (target->path.size() == 1 && target->path.front().empty()) return 0;
	const auto again = parse_target(spelt(*target));
	fuzz::require(again && again->path == target->path && again->query == target->query, "it is read back");
	return 0;
}
