// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/socket_api.h"

namespace gate25::cli {
namespace {

// A big import or a slow disk takes its time; the agent answers or the operator presses ^C.
constexpr Seconds patience{120};

Result<Answer> answer_of(Result<HttpAnswer> answer) {
	if (!answer) return fail(answer.error());
	return Answer{answer->status, std::move(answer->body)};
}

} // namespace

Result<HttpClient*> SocketApi::client() {
	if (!client_) {
		auto connected = HttpClient::connect(path_, patience);
		if (!connected) return fail(connected.error());
		client_ = std::move(*connected);
	}
	return &*client_;
}

Result<Answer> SocketApi::call(std::string_view method, std::string_view target, std::string_view body) {
	const auto connected = client();
	if (!connected) return fail(connected.error());
	return answer_of((*connected)->request(method, target, body));
}

Result<Answer> SocketApi::stream(std::string_view target, const std::function<bool(std::string_view)>& on_event) {
	const auto connected = client();
	if (!connected) return fail(connected.error());
	return answer_of(
	    (*connected)->stream(target, [&](const std::string&, const std::string& json) { return on_event(json); }));
}

} // namespace gate25::cli
