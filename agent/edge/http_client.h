// SPDX-License-Identifier: GPL-2.0-or-later
//
// The blocking client of the command: one connection to the agent's socket. An answer of any status is a
// value; an error means that there is none. ErrorKind::unavailable: no agent answers; denied: the socket may
// not be opened.
#pragma once

#include "core/result.h"
#include "core/time.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace gate25 {

struct HttpAnswer {
	unsigned status = 200;
	std::string body;
	std::string content_type;
};

// Says whether to go on.
using OnEvent = std::function<bool(const std::string& event_name, const std::string& json)>;

class HttpClient {
public:
	// `patience`: how long the agent may be silent while an answer is due.
	[[nodiscard]] static Result<HttpClient> connect(const std::string& path, Milliseconds patience = Seconds(30));
	HttpClient(HttpClient&&) noexcept;
	HttpClient& operator=(HttpClient&&) noexcept;
	~HttpClient();

	// `target` is percent-encoded already: percent_encode() of http/target.h.
	[[nodiscard]] Result<HttpAnswer> request(std::string_view method, std::string_view target,
	                                         std::string_view body = {},
	                                         std::string_view content_type = "application/json");
	// Follows events until on_event says no (status 200), or until the stream ends (unavailable). When the answer
	// is not a stream, it is returned.
	[[nodiscard]] Result<HttpAnswer> stream(std::string_view target, const OnEvent& on_event);

private:
	struct Private;
	explicit HttpClient(std::unique_ptr<Private> made);
	std::unique_ptr<Private> private_;
};

} // namespace gate25
