// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reports go to the agent, which decides. With --parse they are only read and shown here, with no agent and no
// privileges; with --mta a mail server hands over one mail and wants to know nothing but whether it is taken.
#include "cli/call.h"
#include "cli/mta.h"
#include "cli/report_sender.h"
#include "cli/report_view.h"
#include "cli/sent_view.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/text.h"
#include "wire/report.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <unistd.h>

namespace gate25::cli {
namespace {

using Files = std::vector<std::string>;

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

// `use` gets the file, or standard input.
template <class Use> auto with(const Call& call, const std::string& file, Use use) {
	if (file == "-") return use(call.screen.in);
	std::ifstream in(file, std::ios::binary);
	return use(static_cast<std::istream&>(in));
}

int parse(const Call& call, const Files& files) {
	ReportView view(call);
	for (const auto& file : files) {
		ReportReader reader([&](const Report& read, std::uint64_t line) { view.add(file, line, read); });
		with(call, file, [&](std::istream& in) { read_all(in, reader); });
		view.pass_over(reader.passed_over());
	}
	return view.end();
}

int send(const Call& call, const Files& files) {
	SentView view(call);
	for (const auto& file : files) {
		ReportSender sender(call, view, file);
		const auto failure = with(call, file, [&](std::istream& in) { return sender.send(in); });
		if (failure) return view.stop(*failure, file, sender.line());
	}
	return view.end();
}

// At most one byte more than `most`, which is one too many.
std::string read_up_to(std::istream& in, std::size_t most) {
	std::string bytes;
	std::array<char, 65536> piece{};
	while (in && bytes.size() <= most) {
		in.read(piece.data(), static_cast<std::streamsize>(std::min(piece.size(), most + 1 - bytes.size())));
		bytes.append(piece.data(), static_cast<std::size_t>(in.gcount()));
	}
	return bytes;
}

Failure wrong(std::string message) {
	return {usage, "usage", "report: " + std::move(message), {}};
}

// Armoured (RFC 4880 6.2): it travels in the target of a request.
tl::expected<std::string, Failure> signature_in(const std::string& file) {
	constexpr std::size_t longest = std::size_t{4} << 10U; // a request's head has 16 KiB, a signature 1
	if (const auto failure = why_unreadable(file)) return tl::unexpected(*failure);
	std::ifstream in(file, std::ios::binary);
	const auto text = read_up_to(in, longest);
	const auto refuse = [&](std::string_view what) {
		return tl::unexpected(failure_of({ErrorKind::bad_input, fmt::format("{}: {}", clean(file), what), 0}));
	};
	if (text.find("-----BEGIN PGP SIGNATURE-----") == text.npos)
		return refuse("expected a detached, ASCII-armoured OpenPGP signature; \"gpg --armor --detach-sign REPORT\" "
		              "makes one, REPORT.asc");
	if (text.size() > longest) return refuse(fmt::format("a signature longer than {} bytes is none", longest));
	if (!is_utf8(text) || text.find('\0') != text.npos) return refuse("the armour holds bytes that are no text");
	return text;
}

int send_signed(const Call& call, const std::string& file, const std::string& signature_file) {
	const auto signature = signature_in(signature_file);
	if (!signature) return report(call, signature.error());
	const auto bytes = with(call, file, [](std::istream& in) { return read_up_to(in, largest_report); });
	if (bytes.size() > largest_report)
		return report(call, failure_of({ErrorKind::bad_input,
		                                fmt::format("{}: longer than {} bytes, too long for one signed report",
		                                            clean(file), largest_report),
		                                0}));
	SentView view(call);
	ReportSender sender(call, view, file);
	if (const auto failure = sender.send_signed(bytes, *signature)) return view.stop(*failure, file, 1);
	return view.end();
}

int hand_over(const Call& call, const Files& files) {
	const bool is_alone = !call.words.has("parse") && !call.words.has("signature");
	if (files != Files{"-"} || !is_alone)
		return put_off(call, "report: --mta takes one mail from standard input, and no other option");
	const auto mail = read_up_to(call.screen.in, largest_report);
	return take_from_mta(call, mail);
}

} // namespace

int report_abuse(const Call& call) {
	const auto files = call.words.arguments.empty() ? Files{"-"} : call.words.arguments;
	if (call.words.has("mta")) return hand_over(call, files);
	const auto signature = call.words.option("signature");
	if (signature && call.words.has("parse"))
		return report(call, wrong("--signature is for sending, --parse sends nothing"));
	if (signature && files.size() > 1) return report(call, wrong("--signature belongs to one file, got several"));
	// Before any output, which is one JSON object or one error.
	for (const auto& file : files)
		if (const auto failure = why_unreadable(file)) return report(call, *failure);
	if (signature) return send_signed(call, files.front(), std::string(*signature));
	return call.words.has("parse") ? parse(call, files) : send(call, files);
}

} // namespace gate25::cli
