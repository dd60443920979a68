// SPDX-License-Identifier: GPL-2.0-or-later
//
// A line on a terminal that says how far a long work is; nothing elsewhere.
#pragma once

#include "cli/screen.h"

#include <cstdint>
#include <string>

namespace gate25::cli {

struct Progress {
	std::uint64_t bytes_read = 0;
	std::uint64_t bytes = 0; // 0: not known, as with a pipe
	std::uint64_t accepted = 0;
	std::uint64_t refused = 0;
};

// "[#####---------------]  25 %  12,000 accepted, 3 refused", at most `width` columns.
std::string progress_text(const Progress& progress, std::size_t width);

class ProgressLine {
public:
	explicit ProgressLine(Screen& screen) : screen_(screen) {}
	~ProgressLine() { clear(); }
	ProgressLine(const ProgressLine&) = delete;
	ProgressLine& operator=(const ProgressLine&) = delete;
	void show(const Progress& progress);
	// Before anything else is written; the next show() brings it back.
	void clear();

private:
	Screen& screen_;
	bool is_shown_ = false;
};

} // namespace gate25::cli
