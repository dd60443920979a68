// SPDX-License-Identifier: GPL-2.0-or-later
//
// Answers mail servers (Postfix' check_policy_service) on a unix socket and over TCP. A mail server keeps a connection for
// each of its processes and opens it again when it is gone, so for a newcomer the one that was idle for the longest
// time is closed. Requests may come in a row and are answered in their order; from whoever does not read his answers
// nothing more is read.
#pragma once

#include "core/config.h"
#include "edge/acceptor.h"
#include "edge/loop.h"
#include "edge/policy_server_tcp.h"
#include "wire/http.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

struct PolicyLimits {
	std::size_t max_connections = 1024;
	std::size_t max_per_peer = 512; // a user or an address: Postfix has up to 100 processes for each of its ports
	std::size_t longest_request = std::size_t{64} << 10U;
	std::size_t most_unsent = std::size_t{64} << 10U; // answers; a row of requests is answered in parts
	Milliseconds idle_deadline{900'000};   // Postfix lets go after 300 s (smtpd_policy_service_max_idle)
	Milliseconds request_deadline{30'000}; // from the first byte to the last
	Milliseconds write_deadline{30'000};
	Milliseconds look_every{5'000};
};

struct PolicyServerOptions {
	std::string path;  // of the unix socket; empty: none
	std::string group; // may connect, besides the agent's own user
	bool is_for_everyone = false; // `authorize` decides
	std::function<Result<void>(const Peer&)> authorize; // once for each connection to the unix socket
	std::vector<PolicyEndpoint> listen;
	std::vector<Prefix> clients; // who may ask over TCP
	std::function<void(const std::string&)> on_stranger; // another address was closed
	std::function<std::string(std::string_view)> answer; // to a request without its empty line
	std::function<std::string()> answer_too_long;        // then the connection ends
	PolicyLimits limits{};
};

struct PolicyServerStatus {
	std::size_t connections = 0;
	std::uint64_t accepted = 0;
	std::uint64_t denied = 0;    // by `authorize`
	std::uint64_t strangers = 0; // over TCP
	std::uint64_t closed_for_others = 0;
	std::uint64_t timed_out = 0;
	std::uint64_t too_long = 0; // requests
};

class PolicyConnection;

class PolicyServer {
public:
	// Answers from the first run of the loop on, which must outlive the server.
	[[nodiscard]] static Result<std::unique_ptr<PolicyServer>> open(Loop& loop, PolicyServerOptions options);
	~PolicyServer(); // closes everything at once
	PolicyServer(const PolicyServer&) = delete;
	PolicyServer& operator=(const PolicyServer&) = delete;

	// Closes everything, then `done` is called, from the loop. No answer waits for anything, so none is lost.
	void stop(std::function<void()> done);
	// For those who connect from now on.
	void set_clients(std::vector<Prefix> clients) { options_.clients = std::move(clients); }
	PolicyServerStatus status() const;
	std::vector<PolicyEndpoint> listening() const; // with the ports that the kernel chose for 0

private:
	friend class PolicyConnection;
	PolicyServer(Loop& loop, PolicyServerOptions options) : loop_(loop), options_(std::move(options)) {}
	[[nodiscard]] Result<void> start();
	void take_in_user(Descriptor fd);
	void take_in_address(Descriptor fd, const Address& address);
	void take_in(Descriptor fd, const std::string& who);
	bool make_place(const std::string& who);
	bool close_one(const std::string* who);
	void remove(const std::shared_ptr<PolicyConnection>& connection);
	void close_the_late();

	Loop& loop_;
	PolicyServerOptions options_;
	std::unique_ptr<Acceptor> acceptor_;
	std::vector<std::unique_ptr<PolicyTcpListener>> listeners_;
	std::set<std::shared_ptr<PolicyConnection>> connections_;
	std::map<std::string, std::size_t> peers_; // how many connections each holds
	PolicyServerStatus status_;
	Timer looking_;
};

} // namespace gate25
