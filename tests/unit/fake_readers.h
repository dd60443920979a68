// SPDX-License-Identifier: GPL-2.0-or-later
//
// Readers for tests: the real parsers in this process, signatures and a key server as the test says.
#pragma once

#include "core/reading.h"
#include "wire/report.h"

#include <deque>
#include <map>
#include <utility>

namespace gate25 {

class FakeReaders : public Readers {
public:
	// What a signature round this job proves.
	std::function<Signature(const ReadingJob&)> signature_of = [](const ReadingJob&) { return Signature(); };
	std::optional<Error> error;                      // of every read() from now on
	std::string die_of;                              // whatever holds this text; empty: nothing
	bool is_server_down = false;
	std::map<std::string, std::string> server;       // keys that it has
	unsigned fetches = 0;
	std::vector<ReadingJob> jobs;                    // that were read

	// From now on jobs wait for answer_all(), as for a slow gpg.
	void hold() { is_held_ = true; }
	void answer_all() {
		is_held_ = false;
		for (auto& [job, done] : std::exchange(waiting_, {})) read(std::move(job), std::move(done));
	}

	void read(ReadingJob job, Done done) override {
		if (is_held_) return waiting_.emplace_back(std::move(job), std::move(done)), void();
		jobs.push_back(job);
		if (error) return done(fail(*error));
		if (!die_of.empty() && job.bytes.find(die_of) != job.bytes.npos) return done(fail(ErrorKind::bad_input, "the reader died"));
		Reading reading;
		const Signature signature = signature_of(job);
		const auto add = [&](const Report& report, std::uint64_t line) {
			reading.reports.push_back({report, signature, static_cast<std::uint32_t>(line)});
		};
		if (job.bytes.starts_with('{')) {
			ReportReader reader(add);
			reader.feed(job.bytes);
			reader.end();
			reading.passed_over = reader.passed_over();
		} else {
			add(read_mail_report(job.bytes), 1);
		}
		done(std::move(reading));
	}
	void fetch_key(const std::string& key, KeyDone done) override {
		++fetches;
		if (is_server_down) return done(fail(ErrorKind::unavailable, "no route to the key server"));
		const auto found = server.find(key);
		done(found == server.end() ? std::optional<std::string>() : found->second);
	}
	ReadersHealth health() const override { return {1, jobs.size(), 0, 0, {}}; }

private:
	bool is_held_ = false;
	std::vector<std::pair<ReadingJob, Done>> waiting_;
};

} // namespace gate25
