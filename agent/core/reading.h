// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reading what strangers wrote. The agent holds CAP_NET_ADMIN and reads no mail: a process without privileges
// does (gate25-reader), and hands back plain values. edge/reader/ implements this.
#pragma once

#include "core/report.h"
#include "core/result.h"
#include "core/signature.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gate25 {

struct ReadReport {
	Report report;
	Signature signature;
	std::uint32_t line = 1; // of the job's bytes: where the report begins
};

struct ReadingJob {
	std::string bytes;     // one mail, one JSON object, or NDJSON; what it is, is recognised
	std::string signature; // detached, over all the bytes; empty: none
	// OpenPGP keys as a key server gave them, beside those in the provider's keyring.
	std::vector<std::string> keys;
};

struct Reading {
	std::vector<ReadReport> reports;
	std::uint64_t passed_over = 0; // EVE events that are no alerts
};

struct ReadersHealth {
	unsigned processes = 0;     // that run now
	std::uint64_t jobs = 0;     // done since start
	std::uint64_t restarts = 0; // after a death or a deadline
	std::uint64_t waiting = 0;  // jobs
	std::string problem;        // why none can be started; empty: well
};

class Readers {
public:
	using Done = std::function<void(Result<Reading>)>;
	// Key by fingerprint or key id. nullopt: the server says that it has none. An error: it could not be asked.
	using KeyDone = std::function<void(Result<std::optional<std::string>>)>;
	virtual ~Readers() = default;
	// `done` is called once, later, on the loop's thread. ErrorKind::bad_input: a reader died of these bytes or was
	// out of time or memory, twice; they are for a person. busy: too many wait. unavailable: no reader can be started.
	virtual void read(ReadingJob job, Done done) = 0;
	virtual void fetch_key(const std::string& key, KeyDone done) = 0;
	virtual ReadersHealth health() const = 0;
};

} // namespace gate25
