// SPDX-License-Identifier: GPL-2.0-or-later
#include "courier/transfers.h"

#include "core/handle.h"
#include "core/text.h"

#include <algorithm>
#include <array>
#include <curl/curl.h>
#include <fmt/format.h>
#include <map>

namespace gate25 {
namespace {

constexpr long seconds_to_connect = 10, seconds_in_all = 60;
constexpr std::size_t longest_answer = 4096, longest_line = 300;

using Easy = std::unique_ptr<CURL, Deleter<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Deleter<curl_multi_cleanup>>;
using List = std::unique_ptr<curl_slist, Deleter<curl_slist_free_all>>;
using Mime = std::unique_ptr<curl_mime, Deleter<curl_mime_free>>;

std::size_t drop(const char*, std::size_t size, std::size_t count, void* into) {
	auto& seen = *static_cast<std::size_t*>(into);
	seen += size * count;
	return seen > longest_answer ? 0 : size * count; // nobody wants a long page
}

// The last line in which the server refused something: "550 5.1.1 ... User unknown".
std::size_t keep_line(const char* bytes, std::size_t size, std::size_t count, void* into) {
	std::string_view line(bytes, size * count);
	while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
	if (line.starts_with('4') || line.starts_with('5')) *static_cast<std::string*>(into) = std::string(line.substr(0, longest_line));
	return size * count;
}

List list_of(const std::vector<std::string>& lines) {
	List list;
	for (const std::string& line : lines)
		if (curl_slist* longer = curl_slist_append(list.get(), line.c_str()); longer != nullptr) {
			(void)list.release();
			list.reset(longer);
		}
	return list;
}

// Lines of a mail end with CRLF, also before they are encoded (RFC 2045 6.7).
std::string with_crlf(const std::string& text) {
	std::string out;
	for (const char c : text) {
		if (c == '\n' && !out.ends_with('\r')) out += '\r';
		out += c;
	}
	return out;
}

void add_part(curl_mime* mime, const std::string& plain, const char* type) {
	const std::string text = with_crlf(plain);
	curl_mimepart* part = curl_mime_addpart(mime);
	curl_mime_data(part, text.data(), text.size()); // which copies it
	curl_mime_type(part, type);
	curl_mime_encoder(part, "quoted-printable");
}

} // namespace

struct Transfers::Private {
	struct One {
		std::uint64_t notice = 0;
		std::string channel;
		bool is_mail = false;
		Easy easy{curl_easy_init()};
		List header, recipients;
		Mime mime;
		std::string body, line;
		std::size_t answered = 0;
		std::array<char, CURL_ERROR_SIZE> problem{};
	};
	Multi multi{curl_multi_init()};
	std::map<CURL*, std::unique_ptr<One>> running;

	One& begin(std::uint64_t notice, const std::string& channel) {
		auto one = std::make_unique<One>();
		one->notice = notice;
		one->channel = channel;
		CURL* easy = one->easy.get();
		curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
		curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, seconds_to_connect);
		curl_easy_setopt(easy, CURLOPT_TIMEOUT, seconds_in_all);
		curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, one->problem.data());
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, &one->answered);
		curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, keep_line);
		curl_easy_setopt(easy, CURLOPT_HEADERDATA, &one->line);
		return *running.emplace(easy, std::move(one)).first->second;
	}
	void run(One& one) { curl_multi_add_handle(multi.get(), one.easy.get()); }

	Delivered finish(CURL* easy, CURLcode code) {
		const std::unique_ptr<One> one = std::move(running.at(easy));
		running.erase(easy);
		long status = 0;
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		curl_multi_remove_handle(multi.get(), easy);
		// Of a long page only the beginning was wanted: its status counts all the same.
		const bool is_cut = !one->is_mail && code == CURLE_WRITE_ERROR && one->answered > longest_answer;
		const bool is_done = code == CURLE_OK || is_cut;
		const std::string problem = one->problem[0] != '\0' ? one->problem.data() : curl_easy_strerror(code);
		Delivered delivered{one->notice, one->channel, Fate::sent, {}};
		delivered.fate = one->is_mail ? fate_of_mail(is_done, status, problem) : fate_of_post(is_done, status);
		if (delivered.fate == Fate::sent) return delivered;
		if (is_done)
			delivered.why = fmt::format("it answered with status {}", status);
		else
			delivered.why = one->is_mail && !one->line.empty() ? problem + ": " + one->line : problem;
		delivered.why = printable(delivered.why).substr(0, longest_line);
		return delivered;
	}
};

Fate fate_of_mail(bool is_done, long code, const std::string& problem) {
	if (is_done) return Fate::sent;
	// Refusals of the greeting, of EHLO or of our own sender are about us and not about the subscriber: a person can put
	// them right before patience ends. So is a relay that wants a password (530).
	// Of a mail that was refused after its last line libcurl says no more than "Weird server reply".
	const bool is_about_him = problem.starts_with("RCPT failed") || problem.starts_with("DATA failed") ||
	                          problem.starts_with("Weird server reply");
	return code >= 500 && code < 600 && code != 530 && is_about_him ? Fate::refused : Fate::failed;
}

Fate fate_of_post(bool is_done, long status) {
	if (is_done && status >= 200 && status < 300) return Fate::sent;
	constexpr long gone = 410; // RFC 9110 15.5.11: likely to be permanent
	return is_done && status == gone ? Fate::refused : Fate::failed;
}

Transfers::Transfers() : private_(std::make_unique<Private>()) {}

Transfers::~Transfers() {
	for (const auto& [easy, one] : private_->running) curl_multi_remove_handle(private_->multi.get(), easy);
}

void Transfers::start(std::uint64_t notice, const std::string& channel, Mail mail) {
	Private::One& one = private_->begin(notice, channel);
	CURL* easy = one.easy.get();
	one.is_mail = true;
	one.header = list_of(mail.header);
	one.recipients = list_of({'<' + mail.to + '>'});
	one.mime.reset(curl_mime_init(easy));
	add_part(one.mime.get(), mail.text.plain, "text/plain; charset=utf-8");
	if (!mail.text.html.empty()) add_part(one.mime.get(), mail.text.html, "text/html; charset=utf-8");
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(easy, CURLOPT_URL, mail.relay.c_str());
	// TLS that asks for no certificate keeps others from reading it; TLS that must be good is smtps://.
	const bool is_strict = mail.relay.starts_with("smtps:");
	curl_easy_setopt(easy, CURLOPT_USE_SSL, static_cast<long>(is_strict ? CURLUSESSL_ALL : CURLUSESSL_TRY));
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, is_strict ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, is_strict ? 2L : 0L);
	curl_easy_setopt(easy, CURLOPT_MAIL_FROM, ('<' + mail.from.address + '>').c_str());
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, one.recipients.get());
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, one.header.get());
	curl_easy_setopt(easy, CURLOPT_MIMEPOST, one.mime.get());
	private_->run(one);
}

void Transfers::start(std::uint64_t notice, const std::string& channel, HookPost post) {
	Private::One& one = private_->begin(notice, channel);
	CURL* easy = one.easy.get();
	post.header.push_back("Expect:"); // a body of some hundred bytes waits for no permission
	one.header = list_of(post.header);
	one.body = std::move(post.body);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_URL, post.url.c_str());
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "gate25-courier");
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, one.header.get());
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, one.body.data());
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(one.body.size()));
	private_->run(one);
}

std::vector<Delivered> Transfers::proceed(Milliseconds patience) {
	CURLM* multi = private_->multi.get();
	int running = 0;
	curl_multi_perform(multi, &running);
	curl_multi_poll(multi, nullptr, 0, static_cast<int>(patience.count()), nullptr);
	curl_multi_perform(multi, &running);
	std::vector<Delivered> done;
	int left = 0;
	while (const CURLMsg* message = curl_multi_info_read(multi, &left))
		if (message->msg == CURLMSG_DONE) {
			CURL* easy = message->easy_handle;
			done.push_back(private_->finish(easy, message->data.result));
		}
	return done;
}

std::size_t Transfers::count() const { return private_->running.size(); }

std::size_t Transfers::count(const std::string& channel) const {
	return static_cast<std::size_t>(std::count_if(private_->running.begin(), private_->running.end(),
	                                              [&](const auto& one) { return one.second->channel == channel; }));
}

bool Transfers::has(std::uint64_t notice) const {
	return std::any_of(private_->running.begin(), private_->running.end(),
	                   [&](const auto& one) { return one.second->notice == notice; });
}

} // namespace gate25
