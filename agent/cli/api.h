// SPDX-License-Identifier: GPL-2.0-or-later
//
// The API as the verbs see it: socket_api.h speaks HTTP to the agent, unit tests put a fake in its place.
#pragma once

#include "core/result.h"

#include <functional>
#include <string>
#include <string_view>

namespace gate25::cli {

struct Answer {
	unsigned status = 200; // of HTTP
	std::string body;
};

class Api {
public:
	virtual ~Api() = default;
	// Answers of any status are values; an Error means that there was no answer. ErrorKind::unavailable:
	// nobody listens. ErrorKind::denied: the socket may not be opened.
	[[nodiscard]] virtual Result<Answer> call(std::string_view method, std::string_view target,
	                                          std::string_view body) = 0;
	// Server-sent events; `on_event` gets the data of each one and says whether to go on. Returns when it
	// said no, when the agent ended the stream, or at once when the answer was not a stream.
	[[nodiscard]] virtual Result<Answer> stream(std::string_view target,
	                                            const std::function<bool(std::string_view)>& on_event) = 0;
};

} // namespace gate25::cli
