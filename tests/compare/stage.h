// SPDX-License-Identifier: GPL-2.0-or-later
//
// For the test cases that are written by hand: a configuration, a few decisions, packets one by one.
#pragma once

#include "comparison.h"

#include <doctest/doctest.h>

namespace gate25::compare {

// Before the first Stage; the lab is made once.
void set_rules_directory(std::string directory);
const RulesSource& rules_source();

struct Outcome {
	Frame sent;
	std::vector<Seen> seen;
	Moved moved;
	// "passes", "reset" (came out as one), "redirect PORT ADDRESS", "answered", "nothing"
	std::string fate;
};

class Stage {
public:
	// Loads the rules; REQUIREs that the kernel takes them.
	explicit Stage(const Config& config);
	explicit Stage(const Scene& scene);

	void quarantine(const char* prefix, Level level);
	void exempt(const char* prefix);
	void release(const char* prefix, std::optional<Level> level);
	Outcome send(Frame frame);
	Outcome tcp(const char* from, std::uint16_t port, const char* to, std::uint16_t to_port, std::uint8_t flags = flag_syn);

private:
	void change(const char* verb, const char* prefix, std::optional<Level> level);

	Config config_;
	std::uint32_t id_ = 0;
};

// Subscribers 100.64.0.0/10 and 2001:db8:1000::/36, relays 192.0.2.25 and 2001:db8:25::25.
Config plain_config();
// Both families: what is true for one is true for the other.
struct Names {
	const char* digit;
	const char* subscriber;       // 100.64.1.1
	const char* same_subscriber;  // another address of him, or the same for IPv4
	const char* other_subscriber;
	const char* outside;
	const char* relay;
	const char* portal;
	const char* subscriber_prefix; // as a decision names it
};
inline constexpr Names both_families[] = {
	{"4", "100.64.1.1", "100.64.1.1", "100.64.2.1", "198.51.100.25", "192.0.2.25", "192.0.2.80", "100.64.1.1"},
	{"6", "2001:db8:1000:100::1", "2001:db8:1000:1ff::2", "2001:db8:1000:200::1", "2001:db8:f00::25", "2001:db8:25::25",
     "2001:db8:25::80", "2001:db8:1000:100::/56"},
};

// "limit4=1 reset4=1"
std::string text_of(const Moved& moved);

} // namespace gate25::compare
