// SPDX-License-Identifier: GPL-2.0-or-later
//
// The `gate25` command: the real terminal, the real agent.
#include "cli/run.h"
#include "cli/socket_api.h"
#include "cli/terminal.h"

#include <algorithm>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <unistd.h>
#include <vector>

namespace {

// `events --follow` ends with ^C, and that is success. Nothing is lost: every event was flushed.
extern "C" void end_following(int) {
	_exit(0);
}

bool is_following(const std::vector<std::string_view>& line) {
	for (const auto word : line) {
		if (word == "--follow") return true;
	}
	return false;
}

} // namespace

int main(int count, char** words) {
	using namespace gate25::cli;
	std::setlocale(LC_CTYPE, "");
	const std::vector<std::string_view> line(words + std::min(count, 1), words + count);
	if (is_following(line)) std::signal(SIGINT, end_following);
	Setup setup{[](const std::string& socket) { return std::make_unique<SocketApi>(socket); }, std::nullopt,
	            std::chrono::floor<gate25::Seconds>(std::chrono::system_clock::now())};
	const char* socket = std::getenv("GATE25_SOCKET");
	if (socket != nullptr && *socket != '\0') setup.socket_in_environment = socket;
	auto screen = real_screen();
	return run(line, screen, setup);
}
