// SPDX-License-Identifier: GPL-2.0-or-later
//
// Numbers of the configuration, behind `threshold = ` and in front of another one: in hundredths, exactly.
#include "fuzz.h"

#include "wire/config_decimal.h"

#include <cmath>
#include <cstdlib>
#include <string>

using namespace gate25;
using namespace gate25::config_file;

namespace {

void check(const Node &node) {
	const auto points = points_of(node);
	if (points) {
		fuzz::require(std::llabs(*points) <= 99'999'999LL * one_point + 99, "a number is bounded");
		std::string text = node.text;
		std::erase(text, '_');
		const double told = node.kind == Node::Kind::integer ? static_cast<double>(node.number)
		                                                     : std::strtod(text.c_str(), nullptr);
		fuzz::require(std::llround(told * one_point) == *points, "it is the number that is written");
	}
	for (const Node &member : node.members) check(member);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
	const std::string file = "a = " + std::string(fuzz::text_of(data, size)) + "\nlast = 1.25\n";
	auto root = parse_toml(file);
	if (!root) {
		fuzz::check_utf8(error_text("file", root.error()));
		return 0;
	}
	keep_decimals(*root, file);
	check(*root);
	const Node *last = root->find("last");
	if (last != nullptr && last->kind == Node::Kind::decimal)
		fuzz::require(last->text == "1.25" && points_of(*last) == Points{125}, "what stands before shifts nothing");
	return 0;
}
