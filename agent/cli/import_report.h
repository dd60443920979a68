// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an import tells: refused lines as they come, so that a million of them are not kept, and the sum.
// With --json it is one object, {"schema":1,"refused":[{"line","message"}...],"accepted":N}, with "error"
// when the import had to stop.
#pragma once

#include "cli/call.h"
#include "cli/import_reader.h"
#include "cli/progress.h"

#include <string>

namespace gate25::cli {

class ImportReport {
public:
	// `bytes`: of the whole file, 0 when it is not known.
	ImportReport(const Call& call, std::string file, std::uint64_t bytes);
	void accept(std::uint64_t lines) { progress_.accepted += lines; }
	void refuse(const RefusedLine& refused);
	void progress(std::uint64_t bytes_read);
	// The exit status.
	int end();
	int stop(const Failure& failure, std::size_t lines_read);

private:
	std::string sum() const;
	void end_json(const Failure* failure);

	Screen& screen_;
	bool json_;
	std::string file_;
	Progress progress_;
	ProgressLine line_;
};

} // namespace gate25::cli
