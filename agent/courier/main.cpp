// SPDX-License-Identifier: GPL-2.0-or-later
//
// gate25-courier: brings notices to subscribers by mail and to programs by HTTP. gate25-courier(8).
#include "courier/setup.h"
#include "edge/clock.h"
#include "wire/version.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <curl/curl.h>
#include <fmt/format.h>

using namespace gate25;

namespace {

constexpr int exit_done = 0, exit_failed = 1, exit_usage = 2, exit_not_reachable = 3, exit_invalid = 5;
constexpr Milliseconds look_every{500};
constexpr Milliseconds time_to_end{10'000}; // what is on its way then goes out again after its lease

std::atomic<bool> is_ending = false, is_reload_asked = false;

extern "C" void on_signal(int signal) { (signal == SIGHUP ? is_reload_asked : is_ending) = true; }

// With "<4>" in front, as sd-daemon(3) wants it, when the journal reads.
void write_log(LogLevel level, const std::string& text) {
	if (std::getenv("JOURNAL_STREAM") != nullptr) fmt::print(stderr, "<{}>", static_cast<int>(level));
	fmt::print(stderr, "{}\n", text);
}

void tell(const std::vector<std::string>& lines) {
	for (const std::string& line : lines) write_log(LogLevel::warning, line);
}

// A configuration that is wrong changes nothing; texts that are wrong are told, and the others are taken.
void reload(Courier& courier, const CourierOptions& options) {
	LoadedSetup loaded = load_setup(options, write_log);
	tell(loaded.errors);
	tell(loaded.problems);
	if (!loaded.errors.empty()) return write_log(LogLevel::error, "the new configuration was not taken, the old one stays in force");
	courier.configure(std::move(loaded.setup));
	write_log(LogLevel::notice, "configuration and texts read again");
}

int serve(Courier& courier, const CourierOptions& options) {
	const bool is_once = options.action == CourierOptions::Action::once;
	while (!is_ending) {
		if (is_reload_asked.exchange(false)) reload(courier, options);
		courier.proceed(look_every);
		if (!is_once) continue;
		if (!courier.is_agent_there()) return exit_not_reachable;
		if (courier.is_idle()) return exit_done;
	}
	courier.stop();
	const SystemClock clock;
	const Milliseconds end = clock.now().boot + time_to_end;
	while (!courier.is_idle() && courier.is_agent_there() && clock.now().boot < end) courier.proceed(look_every);
	return exit_done;
}

int check(const CourierOptions& options, const LoadedSetup& loaded) {
	for (const auto* lines : {&loaded.errors, &loaded.problems})
		for (const std::string& line : *lines) fmt::print(stderr, "{}\n", line);
	if (!loaded.errors.empty() || !loaded.problems.empty()) return exit_invalid;
	fmt::print("{} and its texts are valid\n", options.config_file);
	return exit_done;
}

} // namespace

int main(int argc, char** argv) {
	const auto options = parse_courier_options(argc, argv);
	if (!options) {
		fmt::print(stderr, "gate25-courier: {}\n{}", options.error().text, courier_usage);
		return exit_usage;
	}
	if (options->action == CourierOptions::Action::help) return fmt::print("{}", courier_usage), exit_done;
	if (options->action == CourierOptions::Action::version) return fmt::print("gate25-courier {}\n", version_text), exit_done;
	LoadedSetup loaded = load_setup(*options, write_log);
	if (options->action == CourierOptions::Action::check) return check(*options, loaded);
	tell(loaded.errors);
	tell(loaded.problems);
	if (!loaded.errors.empty()) return exit_invalid;
	std::signal(SIGPIPE, SIG_IGN);
	for (const int signal : {SIGTERM, SIGINT, SIGHUP}) std::signal(signal, on_signal);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return exit_failed;
	Courier courier(std::move(loaded.setup));
	const int status = serve(courier, *options);
	return status;
}
