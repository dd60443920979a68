// SPDX-License-Identifier: GPL-2.0-or-later
//
// Pieces of the file go to the agent one after the other, each one durable before the next is sent. A
// refused line stops nothing: it is named with its number in the file, and the exit status tells.
#include "cli/call.h"
#include "cli/import_reader.h"
#include "cli/import_report.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <system_error>

namespace gate25::cli {
namespace {

// No value: the piece is dealt with.
std::optional<Failure> send(const Call& call, const Piece& piece, ImportReport& report) {
	for (const auto& refused : piece.refused) report.refuse(refused);
	if (piece.lines.empty()) return std::nullopt;
	const auto answer = call.api.call("POST", "/v1/import", piece.body);
	if (!answer) return failure_of(answer.error());
	if (auto failure = failure_of(*answer)) return failure;
	const auto body = read_body(answer->body);
	if (!body) return failure_of(body.error());
	report.accept(static_cast<std::uint64_t>(number_at(*body, "accepted").value_or(0)));
	for (const auto& value : array_at(*body, "refused")) {
		const auto at = static_cast<std::size_t>(number_at(as_object(value), "line").value_or(0));
		const auto line = at >= 1 && at <= piece.lines.size() ? piece.lines[at - 1] : 0;
		report.refuse({line, text_at(as_object(value), "message")});
	}
	return std::nullopt;
}

int import_from(const Call& call, std::istream& in, const std::string& name, std::uint64_t bytes) {
	ImportReader reader(in);
	ImportReport report(call, name, bytes);
	for (;;) {
		const auto piece = reader.next();
		if (!piece) return report.stop(failure_of(piece.error()), reader.lines());
		if (piece->is_empty()) return report.end();
		if (const auto failure = send(call, *piece, report)) return report.stop(*failure, reader.lines());
		report.progress(reader.bytes());
	}
}

} // namespace

int import(const Call& call) {
	const auto& file = call.words.arguments[0];
	if (file == "-") return import_from(call, call.screen.in, "-", 0);
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
	return import_from(call, in, file, error ? 0 : bytes);
}

} // namespace gate25::cli
