// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/import_file.h"

#include "cli/import_reader.h"
#include "cli/import_report.h"
#include "cli/text.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <system_error>

namespace gate25::cli {
namespace {

std::size_t line_in_file(const Piece& piece, const boost::json::object& told) {
	const auto at = static_cast<std::size_t>(number_at(told, "line").value_or(0));
	return at >= 1 && at <= piece.lines.size() ? piece.lines[at - 1] : 0;
}

// Of assignments each line is told, not only those that were refused.
void take_assignments(const boost::json::array& assignments, const Piece& piece, ImportReport& report) {
	for (const auto& value : assignments) {
		const auto& told = as_object(value);
		const auto outcome = text_at(told, "outcome");
		if (outcome == "began" || outcome == "known") {
			report.accept(1);
		} else {
			report.refuse({line_in_file(piece, told), fmt::format("{}: {}", outcome, text_at(told, "why"))});
		}
	}
}

// A line that is alone in its piece is refused as a whole request.
bool is_about_the_line(const Piece& piece, const Failure& failure) {
	return piece.lines.size() == 1 && (failure.code == "bad_input" || failure.code == "conflict");
}

// No value: the piece is dealt with.
std::optional<Failure> send(const Call& call, const ImportKind& kind, const Piece& piece, ImportReport& report) {
	for (const auto& refused : piece.refused) report.refuse(refused);
	if (piece.lines.empty()) return std::nullopt;
	const auto answer = call.api.call("POST", kind.path, piece.body);
	if (!answer) return failure_of(answer.error());
	if (auto failure = failure_of(*answer)) {
		if (!is_about_the_line(piece, *failure)) return failure;
		report.refuse({piece.lines[0], failure->message});
		return std::nullopt;
	}
	const auto body = read_body(answer->body);
	if (!body) return failure_of(body.error());
	report.accept(static_cast<std::uint64_t>(number_at(*body, "accepted").value_or(0)));
	for (const auto& value : array_at(*body, "refused"))
		report.refuse({line_in_file(piece, as_object(value)), text_at(as_object(value), "message")});
	take_assignments(array_at(*body, "assignments"), piece, report);
	return std::nullopt;
}

int import_from(const Call& call, const ImportKind& kind, std::istream& in, const std::string& name, std::uint64_t bytes) {
	ImportReader reader(in, kind);
	ImportReport report(call, name, bytes);
	for (;;) {
		const auto piece = reader.next();
		if (!piece) return report.stop(failure_of(piece.error()), reader.lines());
		if (piece->is_empty()) return report.end();
		if (const auto failure = send(call, kind, *piece, report)) return report.stop(*failure, reader.lines());
		report.progress(reader.bytes());
	}
}

} // namespace

int import_file(const Call& call, const ImportKind& kind, const std::string& file) {
	if (file == "-") return import_from(call, kind, call.screen.in, "-", 0);
	std::ifstream in(file, std::ios::binary);
	std::error_code error;
	const bool is_directory = std::filesystem::is_directory(file, error);
	if (!in || is_directory) {
		const int number = is_directory ? EISDIR : errno;
		return report(
		    call, failure_of(Error{number == ENOENT ? ErrorKind::not_found : ErrorKind::bad_input,
		                           fmt::format("cannot read {}: {}", clean(file), std::strerror(number)), number}));
	}
	const auto bytes = std::filesystem::is_regular_file(file, error) ? std::filesystem::file_size(file, error) : 0;
	return import_from(call, kind, in, file, error ? 0 : bytes);
}

} // namespace gate25::cli
