// SPDX-License-Identifier: GPL-2.0-or-later
//
// cases --rules DIR [doctest options]
#define DOCTEST_CONFIG_IMPLEMENT
#include "stage.h"

#include <fmt/format.h>

int main(int argc, char** argv) {
	using namespace gate25::compare;
	if (const std::string objection = lab_objection(); !objection.empty()) {
		fmt::print("skipped: {}\n", objection);
		return 77;
	}
	for (int i = 1; i + 1 < argc; ++i)
		if (std::string_view(argv[i]) == "--rules") set_rules_directory(argv[i + 1]);
	return doctest::Context(argc, argv).run();
}
