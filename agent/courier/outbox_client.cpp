// SPDX-License-Identifier: GPL-2.0-or-later
#include "courier/outbox_client.h"

#include "core/text.h"
#include "edge/http/target.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace gate25 {
namespace {

namespace json = boost::json;

// While it waits no mail goes on.
constexpr Seconds patience{10};
constexpr unsigned status_ok = 200, status_not_found = 404;

std::string text_at(const json::object& object, std::string_view name) {
	const json::value* value = object.if_contains({name.data(), name.size()});
	return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<Waiting> waiting_of(const json::value& value) {
	if (!value.is_object()) return std::nullopt;
	const json::object& object = value.get_object();
	const json::value* id = object.if_contains("id");
	const json::value* facts = object.if_contains("facts");
	const auto made = parse_time(text_at(object, "made"));
	if (id == nullptr || !id->is_int64() || facts == nullptr || !facts->is_object() || !made) return std::nullopt;
	return Waiting{static_cast<std::uint64_t>(id->get_int64()), *made, text_at(object, "kind"), text_at(object, "to"), facts->get_object()};
}

tl::unexpected<Error> refused(const HttpAnswer& answer) {
	return fail(answer.status == 403 ? ErrorKind::denied : ErrorKind::unavailable,
	            fmt::format("the agent answered with status {}: {}", answer.status, printable(answer.body).substr(0, 300)));
}

} // namespace

Result<HttpAnswer> OutboxClient::ask(std::string_view method, const std::string& target, const std::string& body) {
	if (!client_) {
		auto connected = HttpClient::connect(socket_, patience);
		if (!connected) return fail(connected.error());
		client_ = std::move(*connected);
	}
	auto answer = client_->request(method, target, body);
	if (!answer) client_.reset();
	return answer;
}

Result<std::vector<Waiting>> OutboxClient::fetch(const std::string& channel, std::size_t most) {
	const auto answer = ask("GET", fmt::format("/v1/outbox?channel={}&limit={}", percent_encode(channel), most), "");
	if (!answer) return fail(answer.error());
	if (answer->status != status_ok) return refused(*answer);
	json::error_code error;
	const json::value body = json::parse(answer->body, error);
	const json::value* list = !error && body.is_object() ? body.get_object().if_contains("notices") : nullptr;
	if (list == nullptr || !list->is_array()) return fail(ErrorKind::unavailable, "the agent's answer is no list of notices");
	std::vector<Waiting> notices;
	for (const json::value& one : list->get_array()) {
		auto waiting = waiting_of(one);
		if (!waiting) return fail(ErrorKind::unavailable, "the agent's answer holds no notice but " + quoted(json::serialize(one)));
		notices.push_back(std::move(*waiting));
	}
	return notices;
}

Result<void> OutboxClient::report(const Delivered& delivered) {
	json::object body;
	body["outcome"] = delivered.fate == Fate::sent ? "sent" : delivered.fate == Fate::failed ? "failed" : "refused";
	body["why"] = delivered.why;
	const auto answer = ask("POST", fmt::format("/v1/outbox/{}", delivered.notice), json::serialize(body));
	if (!answer) return fail(answer.error());
	if (answer->status != status_ok && answer->status != status_not_found) return refused(*answer);
	return {};
}

} // namespace gate25
