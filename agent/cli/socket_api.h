// SPDX-License-Identifier: GPL-2.0-or-later
//
// The API over the agent's unix socket. One connection for all calls, made at the first one.
#pragma once

#include "cli/api.h"
#include "edge/http_client.h"

#include <optional>

namespace gate25::cli {

class SocketApi : public Api {
public:
	explicit SocketApi(std::string path) : path_(std::move(path)) {}
	Result<Answer> call(std::string_view method, std::string_view target, std::string_view body) override;
	Result<Answer> stream(std::string_view target, const std::function<bool(std::string_view)>& on_event) override;

private:
	[[nodiscard]] Result<HttpClient*> client();
	std::string path_;
	std::optional<HttpClient> client_;
};

} // namespace gate25::cli
