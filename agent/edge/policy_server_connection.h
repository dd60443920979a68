// SPDX-License-Identifier: GPL-2.0-or-later
//
// One mail server's connection: read what is there, answer what is whole, and read on when the answers are sent.
#pragma once

#include "edge/policy_server.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace gate25 {

class PolicyConnection : public std::enable_shared_from_this<PolicyConnection> {
public:
	using Time = std::chrono::steady_clock::time_point;
	PolicyConnection(PolicyServer& server, Descriptor fd, std::string who);
	void wait_for_more();
	void close(); // at once; the server knows it no more
	const std::string& who() const { return who_; }
	Time since() const { return since_; } // when it began to do what it does
	bool is_idle() const { return in_.empty() && out_.empty(); }
	bool is_late(Time now) const;

private:
	void read();
	void answer();
	std::size_t end_of_request();
	void send();
	void proceed();
	template <class Step> void guarded(Step step);

	PolicyServer* server_; // nullptr: closed
	std::string who_;
	boost::asio::posix::stream_descriptor stream_;
	std::string in_;      // what is not answered yet
	std::size_t seen_ = 0; // of it: looked through for an end
	std::string out_;
	bool is_last_ = false; // closes when its answers are sent
	Time since_;
};

} // namespace gate25
