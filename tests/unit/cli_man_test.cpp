// SPDX-License-Identifier: GPL-2.0-or-later
//
// gate25(1) tells of every verb and option that the table has: what a person looks up is there.
#include "cli/verbs.h"

#include <doctest/doctest.h>
#include <fstream>
#include <sstream>

using namespace gate25::cli;

namespace {

std::string man_page() {
	std::ifstream file(GATE25_SOURCE "/docs/man/gate25.1.scd");
	std::stringstream text;
	text << file.rdbuf();
	return text.str();
}

} // namespace

TEST_CASE("gate25(1) names every verb and every option") {
	const auto page = man_page();
	REQUIRE_FALSE(page.empty());
	for (const auto& verb : verbs()) {
		CAPTURE(verb.name);
		const auto at = page.find("\n*" + std::string(verb.name) + "*", page.find("# VERBS"));
		REQUIRE(at != page.npos);
		// The line of the verb holds its options.
		const auto line = page.substr(at + 1, page.find('\n', at + 1) - at - 1);
		for (const auto& option : verb.options) {
			CAPTURE(option.name);
			CHECK(line.find("*--" + std::string(option.name) + "*") != line.npos);
		}
	}
	for (const auto& option : global_options())
		CHECK(page.find("*--" + std::string(option.name) + "*") != page.npos);
}
