// SPDX-License-Identifier: GPL-2.0-or-later
//
// What comes back from the sandbox is what the same parser says without one: of the reports of tests/reports, and of
// hostile ones as large as they may be.
#include "world.h"

#include "edge/reader/reader_pool.h"
#include "wire/report.h"

#include <iterator>

using namespace gate25;
using reader_test::World;

namespace {

std::string spelt(std::string_view text) {
	Reading reading;
	ReportReader reader([&](const Report& report, std::uint64_t line) {
		reading.reports.push_back({report, {}, static_cast<std::uint32_t>(line)});
	});
	reader.feed(text);
	reader.end();
	reading.passed_over = reader.passed_over();
	return spell_reading(reading);
}

std::string content(const std::filesystem::path& file) {
	std::ifstream in(file, std::ios::binary);
	return {std::istreambuf_iterator<char>(in), {}};
}

std::string repeated(std::string_view piece, std::size_t times) {
	std::string text;
	text.reserve(piece.size() * times);
	for (std::size_t i = 0; i < times; ++i) text += piece;
	return text;
}

// So often that it is just no longer than a report may be.
std::string filled(std::string_view piece) {
	return repeated(piece, (largest_report - 500) / piece.size());
}

const std::string head = "From: a@b\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=B\n\n";
const std::string encoded = "--B\nContent-Type: application/json\nContent-Transfer-Encoding: ";

} // namespace

TEST_CASE("corpus: read in the sandbox as outside") {
	World world;
	std::size_t count = 0;
	for (const auto& entry : std::filesystem::directory_iterator(std::string(GATE25_SOURCE) + "/tests/reports")) {
		if (!entry.is_regular_file()) continue;
		CAPTURE(entry.path().string());
		const std::string text = content(entry.path());
		const auto reading = world.read(text);
		REQUIRE_MESSAGE(reading, reading.error().text);
		CHECK(spell_reading(*reading) == spelt(text));
		++count;
	}
	CHECK(count > 50);
	for (const char* text : {"", "\n", "{", "x", "From ", "\r\n\r\n", "{}\n{}\n"}) {
		const auto reading = world.read(text);
		REQUIRE(reading);
		CHECK(spell_reading(*reading) == spelt(text));
	}
	CHECK(world.pool->health().restarts == 0);
}

TEST_CASE("corpus: the largest and the worst, within 64 MiB") {
	const std::vector<std::string> worst{
	    head + encoded + "base64\n\n" + filled("W1tb\n"),
	    head + encoded + "base64\n\neyJhIjpb\n" + filled("MCwwLDAs\n"),
	    head + encoded + "quoted-printable\n\n" + filled("=5B"),
	    head + filled("--B\n\nx\n"),
	    "{\"a\":[" + filled("{},") + "0]}",
	    "To: " + filled("u@r.example, ") + "\n" + head,
	    repeated("x", 32U << 20U),
	    repeated("{\"address\":\"203.0.113.7\",\"kind\":\"spam\"}\n", 10'000),
	    "Content-Type: multipart/signed; boundary=B\n" + filled("X: y\n")};
	long largest = 0; // KiB
	for (std::size_t i = 0; i < worst.size(); ++i) {
		CAPTURE(i);
		World world;
		const auto reading = world.read(worst[i]);
		REQUIRE_MESSAGE(reading, reading.error().text);
		CHECK(spell_reading(*reading) == spelt(worst[i]));
		CHECK(world.pool->health().restarts == 0);
		for (const pid_t pid : reader_test::children())
			largest = std::max(largest, std::stol(reader_test::status_of(pid)["VmHWM"]));
		CHECK(largest > 0);
		CHECK((largest < 64 * 1024 || !reader_test::is_memory_limited));
	}
	World world;
	const auto reading = world.read(repeated("{\"address\":\"203.0.113.7\",\"kind\":\"spam\"}\n", 10'001));
	REQUIRE_FALSE(reading);
	CHECK(reading.error().kind == ErrorKind::bad_input);
	CHECK(reading.error().text.find("10000") != std::string::npos);
	CHECK(world.read(std::string((32U << 20U) + 1, 'x')).error().kind == ErrorKind::bad_input);
	CHECK(world.pool->health().restarts == 0);
	MESSAGE("the largest reader took ", largest / 1024, " MiB");
}
