// SPDX-License-Identifier: GPL-2.0-or-later
//
// Asks a Kea server for all its leases, at its control socket, again and again: a picture in pages, each a question of its
// own (a connection each, as Kea wants it). Needs Kea's hook libdhcp_lease_cmds.so.
#pragma once

#include "core/config_subscribers.h"
#include "core/lease.h"
#include "edge/loop.h"

#include <memory>
#include <optional>
#include <string>

namespace gate25 {

struct KeaSocketOptions {
	std::string path;
	LeaseName name = LeaseName::hw_address;
	Milliseconds every{10'000}; // from the end of a picture to the begin of the next one
	Milliseconds patience{10'000}; // for one answer
	unsigned page = 500;        // leases
	LeaseHandler handler;
};

class KeaSocket {
public:
	// Never fails: what is wrong is told through the handler, and tried again.
	KeaSocket(Loop& loop, KeaSocketOptions options);
	~KeaSocket();
	KeaSocket(const KeaSocket&) = delete;
	KeaSocket& operator=(const KeaSocket&) = delete;
	// Shows everything anew, as soon as the question that is being asked is answered.
	void restart();

private:
	class Question;
	void begin();
	void ask(const std::string& command, void (KeaSocket::*answered)(const std::string&));
	void take_family(const std::string& answer);
	void ask_page();
	void take_page(const std::string& answer);
	void give_up(const std::string& problem);
	void hand_over(LeasePiece piece, bool is_last);
	void after(Milliseconds delay);

	Loop& loop_;
	KeaSocketOptions options_;
	std::shared_ptr<Question> question_;
	std::optional<Family> family_;
	std::optional<Address> last_;
	bool begins_ = false;
	bool is_restart_ = false;
	Timer next_;
	std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace gate25
