// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/reader/verify_job.h"

#include "core/judge.h"
#include "edge/reader/openpgp.h"
#include "edge/reader/read_job.h"
#include "wire/reading.h"
#include "wire/report.h"
#include "wire/report_build.h"
#include "wire/signed_mail.h"

#include <cerrno>
#include <fmt/format.h>
#include <sys/wait.h>
#include <utility>
#include <vector>

namespace gate25 {
namespace {

struct SignedJob {
	std::string bytes, signature;
	std::vector<std::string> keys;
};

std::optional<SignedJob> read_whole(Conversation& agent, const Conversation::Job& job) {
	std::vector<std::string> texts;
	for (const auto size : job.sizes) {
		auto text = agent.text(size);
		if (!text) return std::nullopt;
		texts.push_back(std::move(*text));
	}
	if (texts.size() < 2) return std::nullopt;
	SignedJob whole{std::move(texts[0]), std::move(texts[1]), {}};
	whole.keys.assign(std::make_move_iterator(texts.begin() + 2), std::make_move_iterator(texts.end()));
	return whole;
}

// The Message-ID is not signed, so what is signed tells a report that was sent twice. Not the signature: others can
// add one of their own, or write the same one differently.
void sign(ReadReport& read, const Verified& verified, std::string_view text) {
	read.signature = verified.signature;
	// Without a time of its own it would be as new each time that somebody sends it again.
	if (!read.report.at && read.signature.state == SignatureState::good) read.report.at = verified.made;
	if (read.report.id.empty() && read.signature.state == SignatureState::good)
		read.report.id = fmt::format("openpgp:{:016x}", text_hash(text));
}

std::string spell_all(std::optional<Reading> reading, const Verified* verified, std::string_view text) {
	if (!reading) return spell_failed(too_many_reports);
	if (verified != nullptr)
		for (ReadReport& read : reading->reports) sign(read, *verified, text);
	return spell_reading(*reading);
}

std::optional<Reading> collected(std::string_view bytes) {
	ReportCollector collector;
	collector.feed(bytes);
	return collector.end();
}

std::string read_detached(const SignedJob& job, const std::string& home) {
	const auto verified = verify_signature(home, job.bytes, job.signature, job.keys);
	if (!verified) return spell_failed(verified.error().text);
	return spell_all(collected(job.bytes), &*verified, job.bytes);
}

std::string refused(const std::string& why) {
	ReadReport read;
	read.report = reports::ended({}, reports::refused("a signed mail that breaks the rules of PGP/MIME: " + why));
	read.signature = {SignatureState::bad, {}, {}, read.report.why};
	return spell_reading({{std::move(read)}, 0});
}

std::string read_signed_mail(SignedJob job, const std::string& home) {
	const auto mail = open_signed_mail(job.bytes);
	if (!mail) return refused(mail.error().text);
	// Not a mail but several, of which the first is signed: a file for a person's eyes, and no proof.
	if (mail->has_more && job.bytes.starts_with("From ")) return spell_all(collected(job.bytes), nullptr, {});
	job.bytes = std::string();
	const auto verified = verify_signature(home, mail->content, mail->signature, job.keys);
	if (!verified) return spell_failed(verified.error().text);
	ReadReport read;
	read.report = read_signed_report(mail->content);
	sign(read, *verified, mail->content);
	return spell_reading({{std::move(read)}, 0});
}

} // namespace

void verify_one(Conversation& agent, const std::string& home) {
	const auto job = agent.next_job();
	if (!job) return;
	auto whole = read_whole(agent, *job);
	if (!whole) return;
	const bool is_detached = !whole->signature.empty();
	const std::string answer = is_detached ? read_detached(*whole, home) : read_signed_mail(std::move(*whole), home);
	while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {} // the sandbox has made it gpg's parent
	agent.answer(job->number, answer);
	agent.flush();
}

} // namespace gate25
