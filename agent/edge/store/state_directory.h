// SPDX-License-Identifier: GPL-2.0-or-later
//
// The directory of the store: ours alone, and one agent at a time.
#pragma once

#include "core/result.h"

#include <string>
#include <string_view>

namespace gate25 {

class StateDirectory {
public:
	// Makes the directory when only its last part is missing. Refuses one that others may write to, and
	// one that another agent uses. Held until this object ends.
	[[nodiscard]] static Result<StateDirectory> claim(std::string path);
	StateDirectory(StateDirectory&& other) noexcept;
	StateDirectory& operator=(StateDirectory&&) = delete;
	~StateDirectory();

	const std::string& path() const { return path_; }
	std::string database() const { return path_ + "/gate25.db"; }
	// Makes the database file, empty and only for us, when there is none.
	[[nodiscard]] Result<void> make_database_file() const;
	// Renames the database, its log and its shared memory to "gate25.db.broken-<time>"; the new name.
	[[nodiscard]] Result<std::string> move_aside() const;
	// The directory's own entries are durable after this.
	[[nodiscard]] Result<void> sync() const;

private:
	StateDirectory(std::string path, int directory) : path_(std::move(path)), directory_(directory) {}
	Result<void> check() const;
	Result<void> lock();
	Error failure(std::string_view what) const;

	std::string path_;
	int directory_ = -1;
	int lock_ = -1;
};

} // namespace gate25
