// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/table.h"

#include "cli/text.h"

#include <doctest/doctest.h>
#include <sstream>

using namespace gate25::cli;

namespace {

std::string shown(const Table& table, std::size_t width, bool is_colored = false) {
	std::istringstream in;
	std::ostringstream out;
	Screen screen{in, out, out};
	screen.out_is_terminal = width > 0;
	screen.width = width;
	screen.is_colored = is_colored;
	return table.text(screen);
}

std::size_t widest(const std::string& text) {
	std::istringstream lines(text);
	std::size_t most = 0;
	for (std::string line; std::getline(lines, line);) most = std::max(most, width_of(line));
	return most;
}

Table sample() {
	Table table({{"ID", 2, 0, true}, {"PREFIX"}, {"BY", 3, 8}, {"REASON", 1, 10}});
	table.add({{"7"}, {"203.0.113.7"}, {"root"}, {"sends spam to half of the world, 日本 too"}});
	table.add({{"1234"}, {"2001:db8:1000:100::/56"}, {"uid 1000 (anna)"}, {""}});
	return table;
}

} // namespace

TEST_SUITE("cli table") {
	TEST_CASE("a pipe gets full values") {
		CHECK(shown(sample(), 0) ==
		      "  ID  PREFIX                  BY               REASON\n"
		      "   7  203.0.113.7             root             sends spam to half of the world, 日本 too\n"
		      "1234  2001:db8:1000:100::/56  uid 1000 (anna)\n");
	}
	TEST_CASE("80 columns: the reason gives way") {
		CHECK(shown(sample(), 80) ==
		      "  ID  PREFIX                  BY               REASON\n"
		      "   7  203.0.113.7             root             sends spam to half of the world,…\n"
		      "1234  2001:db8:1000:100::/56  uid 1000 (anna)\n");
	}
	TEST_CASE("40 columns: what may be missing goes") {
		CHECK(shown(sample(), 40) == "  ID  PREFIX                  REASON\n"
		                             "   7  203.0.113.7             sends spa…\n"
		                             "1234  2001:db8:1000:100::/56\n");
	}
	TEST_CASE("no width is too small to keep") {
		for (std::size_t width = 1; width <= 120; ++width) {
			CAPTURE(width);
			CHECK(widest(shown(sample(), width)) <= width);
		}
	}
	TEST_CASE("a column with nothing in it goes on a terminal only") {
		Table table({{"ID"}, {"TICKET", 1}, {"REASON", 1}});
		table.add({{"1"}, {""}, {"x"}});
		CHECK(shown(table, 80) == "ID  REASON\n1   x\n");
		CHECK(shown(table, 0) == "ID  TICKET  REASON\n1           x\n");
	}
	TEST_CASE("colour takes no room") {
		Table table({{"A"}, {"B"}});
		table.add({Cell("xx", Color::red), Cell("y")});
		CHECK(shown(table, 80, true) == "\x1b[1mA\x1b[0m   \x1b[1mB\x1b[0m\n\x1b[31mxx\x1b[0m  y\n");
	}
}
