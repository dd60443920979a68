// SPDX-License-Identifier: GPL-2.0-or-later
//
// The agent's outbox as a courier sees it: /v1/outbox of the control API.
#pragma once

#include "courier/transfers.h"
#include "edge/http_client.h"

#include <boost/json/object.hpp>
#include <optional>

namespace gate25 {

struct Waiting {
	std::uint64_t id = 0;
	UnixTime made{};
	std::string kind;
	std::string to;
	boost::json::object facts;
};

class OutboxClient {
public:
	explicit OutboxClient(std::string socket) : socket_(std::move(socket)) {}
	[[nodiscard]] Result<std::vector<Waiting>> fetch(const std::string& channel, std::size_t most);
	// true: it is known now; also when somebody else was faster. An error: ask again later.
	[[nodiscard]] Result<void> report(const Delivered& delivered);

private:
	[[nodiscard]] Result<HttpAnswer> ask(std::string_view method, const std::string& target, const std::string& body);
	std::string socket_;
	std::optional<HttpClient> client_;
};

} // namespace gate25
