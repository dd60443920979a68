// SPDX-License-Identifier: GPL-2.0-or-later
//
// One request and one answer of the control API as plain values: edge/http_server makes and sends them,
// flow answers them, and neither sees the other. HTTP/1.1 over a unix socket (RFC 9112).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gate25 {

enum class SocketKind : std::uint8_t {
	control, // everything
	alert,   // POST /v1/alerts and /v1/reports, GET /v1/status
	portal   // /v1/portal and GET /v1/status
};

// SO_PEERCRED, unix(7): who connected, as the kernel says.
struct Peer {
	std::uint32_t uid = 0;
	std::uint32_t gid = 0;
	std::int32_t pid = 0;
	std::string user; // name of uid, or its number
};

struct HttpRequest {
	std::string method;                       // "GET"
	std::vector<std::string> path;            // "/v1/quarantines/203.0.113.7" -> {"v1","quarantines",...}, decoded
	std::map<std::string, std::string> query; // decoded; a name given twice is refused before this point
	std::string content_type;
	std::string body;
	Peer peer;
	SocketKind socket = SocketKind::control;
};

// A client that follows events. The server drops a client whose queue is full.
class EventClient {
public:
	virtual ~EventClient() = default;
	virtual bool is_open() const = 0;
	virtual void send(const std::string& event_name, const std::string& json) = 0;
};

struct HttpResponse {
	unsigned status = 200;
	std::string body;
	std::string content_type = "application/json";
	// When set, the server answers with a text/event-stream and calls this once with the client.
	std::function<void(std::shared_ptr<EventClient>)> follow;
};

// May be called later, from the loop's thread, exactly once.
using HttpReply = std::function<void(HttpResponse)>;
using HttpHandler = std::function<void(HttpRequest, HttpReply)>;

} // namespace gate25
