// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/terminal.h"

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace gate25::cli {
namespace {

std::string_view environment(const char* name) {
	const char* value = std::getenv(name);
	return value == nullptr ? "" : value;
}

std::size_t width_of_terminal() {
	std::size_t width = 0;
	const auto columns = environment("COLUMNS");
	std::from_chars(columns.data(), columns.data() + columns.size(), width);
	if (width > 0) return width;
	for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
		winsize size{};
		if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
	}
	return 80; // a serial console knows no size
}

bool wants_color() {
	return environment("NO_COLOR").empty() && environment("TERM") != "dumb" && !environment("TERM").empty();
}

} // namespace

Screen real_screen() {
	std::ios::sync_with_stdio(false);
	Screen screen{std::cin, std::cout, std::cerr};
	screen.in_is_terminal = isatty(STDIN_FILENO) == 1;
	screen.out_is_terminal = isatty(STDOUT_FILENO) == 1;
	screen.err_is_terminal = isatty(STDERR_FILENO) == 1;
	screen.width = width_of_terminal();
	screen.is_colored = screen.out_is_terminal && wants_color();
	const std::string_view encoding = nl_langinfo(CODESET);
	if (encoding != "UTF-8") screen.ellipsis = "...";
	return screen;
}

} // namespace gate25::cli
