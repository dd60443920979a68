// SPDX-License-Identifier: GPL-2.0-or-later
//
// The least that nf_tables can be asked with: one buffer, attributes put down by hand, one send, one receive. The
// measure for the agent's own engine, and a quick way to fill a set.
#pragma once

#include "core/address.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace bench {

class Bare {
public:
	Bare();
	Bare(const Bare&) = delete;
	Bare& operator=(const Bare&) = delete;
	~Bare();
	// Adds one element; ends the program when the kernel refuses it.
	void add(const char* table, const char* set, const gate25::Address& key, std::optional<std::chrono::hours> timeout);
	// Subscribers number `first` and on.
	void fill(const char* table, const char* set, gate25::Family family, std::uint32_t first, std::uint32_t count,
	          std::optional<std::chrono::hours> timeout);

private:
	void begin(const char* table, const char* set);
	void put(const gate25::Address& key, std::optional<std::chrono::hours> timeout);
	void send();
	char* at() { return buffer_.data() + size_; }
	int fd_ = -1;
	std::vector<char> buffer_;
	std::size_t size_ = 0, message_ = 0, list_ = 0;
	std::uint32_t number_ = 0;
};

} // namespace bench
