// SPDX-License-Identifier: GPL-2.0-or-later
//
// A file of leases that another program writes, read whenever it changes: as a picture of everything, and of a journal
// (Kea's memfile) then whatever is appended. Pictures are read in small pieces. One that changes meanwhile, ends within a
// line or is empty is half a picture: it is read again, and nothing is made of it.
//
// Kea cleans its journal up: it renames FILE to FILE.1 and begins a new one, a process writes what counts of FILE.2 and FILE.1
// to FILE.completed, removes the two and renames that to FILE.2. So everything is what stands in FILE.completed, or in
// FILE.2 and FILE.1, and then in FILE.
#pragma once

#include "edge/line_buffer.h"
#include "edge/loop.h"
#include "edge/unix_socket.h"
#include "wire/lease_reader.h"

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>

namespace gate25 {

struct LeaseFileOptions {
	std::string path;
	bool is_journal = false;  // Kea's
	bool speaks_when_quiet = false; // that it can be read is news: nobody needs to write a list anew that did not change
	LeaseHandler handler;
	Milliseconds settle{100}; // after a change, before a file that is rewritten is read
	Milliseconds look{5000};  // also looked at without any notice
};

class LeaseFile {
public:
	// Never fails: what is wrong is told through the handler, and tried again.
	LeaseFile(Loop& loop, LeaseFileOptions options, std::unique_ptr<LeaseReader> reader);
	~LeaseFile();
	LeaseFile(const LeaseFile&) = delete;
	LeaseFile& operator=(const LeaseFile&) = delete;
	// Shows everything anew.
	void restart();

private:
	struct Part {
		std::string path;
		Descriptor fd;
		struct stat begun {};
	};
	void watch_directory();
	void read_notices();
	void look();
	void wake(Milliseconds delay);
	void settle();
	void proceed();
	bool open_parts();
	void read_picture();
	void follow();
	std::optional<std::size_t> read_chunk(LeasePiece& piece);
	bool end_part(LeasePiece& piece);
	void begin_part();
	void read_lines(LeasePiece& piece);
	void hand_over(LeasePiece piece);
	void taken();
	void give_up(const std::string& problem);
	bool has_changed(const Part& part) const;
	bool is_one_of_ours(std::string_view name) const;

	Loop& loop_;
	LeaseFileOptions options_;
	std::unique_ptr<LeaseReader> reader_;
	std::string directory_, base_;
	Descriptor notices_;
	int directory_watch_ = -1;
	Watch readable_;
	Timer looking_, waking_;
	enum class State : std::uint8_t { idle, picture, journal } state_ = State::idle;
	std::deque<Part> parts_; // of a picture: what is left to read; of a journal: the one that grows
	LineBuffer buffer_;
	std::string part_path_;
	std::uint64_t line_ = 0;
	struct stat read_ {}; // the file of the last whole picture
	bool has_read_ = false;
	bool is_busy_ = false;   // a piece is being taken
	bool is_dirty_ = true;   // somebody wrote, or nothing was read yet
	bool begins_ = false;    // the next piece is the first of a picture
	std::optional<std::chrono::steady_clock::time_point> settling_since_;
	std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace gate25
