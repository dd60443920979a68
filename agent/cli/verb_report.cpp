// SPDX-License-Identifier: GPL-2.0-or-later
//
// With --parse the reports are read and shown here, with no agent and no privileges.
#include "cli/call.h"
#include "cli/report_view.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "wire/report.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <system_error>
#include <unistd.h>

namespace gate25::cli {
namespace {

std::optional<Failure> why_unreadable(const std::string& file) {
	if (file == "-") return std::nullopt;
	std::error_code error;
	errno = 0;
	const bool is_directory = std::filesystem::is_directory(file, error);
	// Not by opening it: a pipe can be opened once.
	if (!is_directory && access(file.c_str(), R_OK) == 0) return std::nullopt;
	const int number = is_directory ? EISDIR : errno;
	return failure_of(Error{number == ENOENT ? ErrorKind::not_found : ErrorKind::bad_input,
	                        fmt::format("cannot read {}: {}", clean(file), std::strerror(number)), number});
}

void read_all(std::istream& in, ReportReader& reader) {
	std::array<char, 65536> piece{};
	while (in) {
		in.read(piece.data(), piece.size());
		reader.feed({piece.data(), static_cast<std::size_t>(in.gcount())});
	}
	reader.end();
}

void show_file(const Call& call, const std::string& file, ReportView& view) {
	ReportReader reader([&](const Report& read, std::uint64_t line) { view.add(file, line, read); });
	if (file == "-") {
		read_all(call.screen.in, reader);
	} else {
		std::ifstream in(file, std::ios::binary);
		read_all(in, reader);
	}
	view.pass_over(reader.passed_over());
}

int parse(const Call& call, const std::vector<std::string>& files) {
	// Before any output, which is one JSON object or one error.
	for (const auto& file : files)
		if (const auto failure = why_unreadable(file)) return report(call, *failure);
	ReportView view(call);
	for (const auto& file : files) show_file(call, file, view);
	return view.end();
}

} // namespace

int report_abuse(const Call& call) {
	const auto files = call.words.arguments.empty() ? std::vector<std::string>{"-"} : call.words.arguments;
	if (call.words.has("parse")) return parse(call, files);
	return report(
	    call, {usage, "usage", "report: --parse is missing; without it nothing can be done with a report yet", {}});
}

} // namespace gate25::cli
