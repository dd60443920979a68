// SPDX-License-Identifier: GPL-2.0-or-later
//
// A directory for one process that verifies one signature: GnuPG wants a home that it can write to. It holds files and
// no directories (the sandbox lets none be made), and goes with its owner.
#pragma once

#include "core/result.h"

#include <string>
#include <utility>

namespace gate25 {

class Scratch {
public:
	// A new directory below `place`, for this user alone.
	[[nodiscard]] static Result<Scratch> make(const std::string& place);
	// Removes what agents that were killed have left there. Their number is in the name.
	static void sweep(const std::string& place);
	Scratch() = default;
	Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
	Scratch& operator=(Scratch&& other) noexcept {
		std::swap(path_, other.path_);
		return *this;
	}
	~Scratch(); // removes it
	const std::string& path() const { return path_; }

private:
	explicit Scratch(std::string path) : path_(std::move(path)) {}
	std::string path_;
};

} // namespace gate25
