// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/reader/fetch_job.h"

#include "core/handle.h"
#include "core/text.h"
#include "wire/reading.h"

#include <array>
#include <curl/curl.h>
#include <fmt/format.h>
#include <memory>

namespace gate25 {
namespace {

using Transfer = std::unique_ptr<CURL, Deleter<curl_easy_cleanup>>;

constexpr long seconds_to_connect = 5, seconds_in_all = 10;
constexpr long status_found = 200, status_not_found = 404;
constexpr std::string_view begin_of_key = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

std::size_t keep(const char* bytes, std::size_t size, std::size_t count, void* into) {
	auto& body = *static_cast<std::string*>(into);
	if (body.size() + size * count > largest_key) return 0; // which ends the transfer
	body.append(bytes, size * count);
	return size * count;
}

bool is_key(const std::string& key) {
	return key.size() >= 8 && key.size() <= 64 && key.find_first_not_of("0123456789ABCDEFabcdef") == key.npos;
}

bool is_server(const std::string& server) {
	const bool is_http = server.starts_with("http://") || server.starts_with("https://");
	return is_http && server.size() <= 200 && printable(server) == server && server.find('@') == server.npos;
}

void prepare(CURL* transfer, const std::string& url, std::string& body, std::array<char, CURL_ERROR_SIZE>& problem) {
	curl_easy_setopt(transfer, CURLOPT_URL, url.c_str());
	curl_easy_setopt(transfer, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(transfer, CURLOPT_FOLLOWLOCATION, 0L); // whoever is asked answers
	curl_easy_setopt(transfer, CURLOPT_PROXY, "");
	curl_easy_setopt(transfer, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(transfer, CURLOPT_CONNECTTIMEOUT, seconds_to_connect);
	curl_easy_setopt(transfer, CURLOPT_TIMEOUT, seconds_in_all);
	curl_easy_setopt(transfer, CURLOPT_MAXFILESIZE, static_cast<long>(largest_key));
	curl_easy_setopt(transfer, CURLOPT_USERAGENT, "gate25");
	curl_easy_setopt(transfer, CURLOPT_ERRORBUFFER, problem.data());
	curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(transfer, CURLOPT_WRITEDATA, &body);
}

tl::unexpected<Error> unavailable(const std::string& server, const std::string& why) {
	return fail(ErrorKind::unavailable, fmt::format("the key server {} gave no key: {}", quoted(server), printable(why)));
}

} // namespace

Result<std::optional<std::string>> fetch_key(const std::string& server, const std::string& key) {
	if (!is_server(server)) return fail(ErrorKind::bad_input, "expected a key server as http://HOST:PORT, got " + quoted(server));
	if (!is_key(key)) return fail(ErrorKind::bad_input, "expected a fingerprint or key id in hex, got " + quoted(key));
	const std::string base = server.ends_with('/') ? server.substr(0, server.size() - 1) : server;
	const Transfer transfer(curl_easy_init());
	if (!transfer) return unavailable(server, "no memory");
	std::string body;
	std::array<char, CURL_ERROR_SIZE> problem{};
	const std::string url = base + "/pks/lookup?op=get&options=mr&search=0x" + key;
	prepare(transfer.get(), url, body, problem);
	if (const CURLcode code = curl_easy_perform(transfer.get()); code != CURLE_OK)
		return unavailable(server, problem[0] != '\0' ? problem.data() : curl_easy_strerror(code));
	long status = 0;
	curl_easy_getinfo(transfer.get(), CURLINFO_RESPONSE_CODE, &status);
	if (status == status_not_found) return std::optional<std::string>();
	if (status != status_found) return unavailable(server, fmt::format("it answered with status {}", status));
	if (body.find(begin_of_key) == body.npos) return unavailable(server, "its answer holds no key");
	return std::optional(std::move(body));
}

void fetch_one(Conversation& agent) {
	const auto job = agent.next_job();
	if (!job || job->sizes.size() != 2) return;
	const auto server = agent.text(job->sizes[0]);
	const auto key = server ? agent.text(job->sizes[1]) : std::nullopt;
	if (!key) return;
	const auto fetched = fetch_key(*server, *key);
	if (!fetched)
		agent.answer(job->number, spell_failed(fetched.error().text));
	else
		agent.answer(job->number, spell_key(*fetched ? &**fetched : nullptr));
	agent.flush();
}

} // namespace gate25
