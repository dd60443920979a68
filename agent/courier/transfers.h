// SPDX-License-Identifier: GPL-2.0-or-later
//
// Mails and requests on their way, several at a time (libcurl's multi interface), and what became of each.
#pragma once

#include "courier/hook_post.h"
#include "courier/mail.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gate25 {

enum class Fate : std::uint8_t {
	sent,
	failed, // this time: it is tried again
	refused // for good
};

struct Delivered {
	std::uint64_t notice = 0;
	std::string channel;
	Fate fate = Fate::failed;
	std::string why;
};

class Transfers {
public:
	Transfers();
	~Transfers();
	Transfers(const Transfers&) = delete;
	Transfers& operator=(const Transfers&) = delete;

	void start(std::uint64_t notice, const std::string& channel, Mail mail);
	void start(std::uint64_t notice, const std::string& channel, HookPost post);
	// Goes on with all of them, for at most so long; returns early when one is done or a signal came.
	std::vector<Delivered> proceed(Milliseconds patience);
	std::size_t count() const;
	std::size_t count(const std::string& channel) const;
	bool has(std::uint64_t notice) const;

private:
	struct Private;
	std::unique_ptr<Private> private_;
};

// What the end of a transfer means; for SMTP the code of the last answer, and what libcurl says of it.
Fate fate_of_mail(bool is_done, long code, const std::string& problem);
Fate fate_of_post(bool is_done, long status);

} // namespace gate25
