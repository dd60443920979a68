// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many questions of mail servers the policy service answers per second of one core, over its unix socket: a new mail
// each time, of subscribers and users without number, against limits that are enforced. The core is the server's thread
// with all that the kernel does on its account; the clients have another one.
#include "../unit/mail_sums.h"
#include "edge/policy_server.h"
#include "flow/relay_volume.h"
#include "stopwatch.h"

#include <fmt/format.h>
#include <poll.h>
#include <random>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace gate25;

namespace {

constexpr unsigned questions = 100'000;
constexpr VolumeTime now = 1'800'000'000;

// As long as Postfix' own.
std::string question(std::mt19937_64& random, unsigned number) {
	return fmt::format("request=smtpd_access_policy\nprotocol_state=DATA\nprotocol_name=ESMTP\nclient_address=100.64.{}.{}\n"
	                   "client_name=unknown\nclient_port=40123\nreverse_client_name=line.isp.example\nserver_address=192.0.2.25\n"
	                   "server_port=587\nhelo_name=subscriber.example\nsender=user{}@provider.example\nrecipient=\nrecipient_count=2\n"
	                   "queue_id=6FB38AE2057\ninstance=5198.6560c2d7.{}.0\nsize=2048\netrn_domain=\nstress=\nsasl_method=PLAIN\n"
	                   "sasl_username=user{}@provider.example\nsasl_sender=\nccert_subject=\nccert_issuer=\nccert_fingerprint=\n"
	                   "ccert_pubkey_fingerprint=\nencryption_protocol=TLSv1.3\nencryption_cipher=TLS_AES_256_GCM_SHA384\n"
	                   "encryption_keysize=256\npolicy_context=\n\n",
	                   random() % 256, random() % 256, random() % 100'000, number, random() % 100'000);
}

// The real service on a thread of its own.
class Server {
public:
	explicit Server(const std::string& path)
	    : policy_(test::relay_config({"messages 200/day", "recipients 500/hour"})),
	      service_({[this]() -> const Policy& { return policy_; }, sums_, [] { return now; }, [](LogLevel, const std::string&) {}}) {
		PolicyServerOptions options;
		options.path = path;
		options.answer = [this](std::string_view request) { return service_.answer(request); };
		options.answer_too_long = [this] { return service_.answer_too_long(); };
		auto opened = PolicyServer::open(loop_, std::move(options));
		if (!opened) throw std::runtime_error(opened.error().text);
		server_ = std::move(*opened);
		thread_ = std::thread([this] {
			loop_.run();
			server_.reset();
		});
		pthread_getcpuclockid(thread_.native_handle(), &clock_);
	}
	~Server() {
		loop_.stop();
		thread_.join();
	}
	std::int64_t cpu_ns() const { return bench::clock_ns(clock_); }

private:
	Loop loop_;
	const Policy policy_;
	test::TableSums sums_{1'000'000};
	PolicyService service_;
	std::unique_ptr<PolicyServer> server_;
	std::thread thread_;
	clockid_t clock_{};
};

void send_all(int fd, std::string_view text) {
	while (!text.empty()) {
		const auto size = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
		if (size <= 0) throw std::runtime_error("the server has closed");
		text.remove_prefix(static_cast<std::size_t>(size));
	}
}

// So many answers; each ends with an empty line.
void receive(int fd, unsigned answers) {
	char bytes[65536];
	while (answers > 0) {
		const auto size = ::recv(fd, bytes, sizeof bytes, 0);
		if (size <= 0) throw std::runtime_error("the server has closed");
		for (ssize_t i = 0; i < size; ++i) answers -= bytes[i] == '=';
	}
}

// Each connection asks, all wait for their answers, and so on: as busy mail servers do.
void measure(const std::string& path, unsigned connections) {
	Server server(path);
	std::mt19937_64 random(25);
	std::vector<std::string> texts;
	for (unsigned i = 0; i < questions; ++i) texts.push_back(question(random, i));
	std::vector<Descriptor> clients;
	for (unsigned i = 0; i < connections; ++i) clients.push_back(connect_unix(path, Milliseconds(5000)).value());
	const std::int64_t cpu = server.cpu_ns(), wall = bench::wall_ns();
	std::vector<double> waits;
	for (unsigned i = 0; i < questions; i += connections) {
		const std::int64_t begun = bench::wall_ns();
		for (unsigned k = 0; k < connections; ++k) send_all(clients[k].get(), texts[(i + k) % questions]);
		for (unsigned k = 0; k < connections; ++k) receive(clients[k].get(), 1);
		waits.push_back(static_cast<double>(bench::wall_ns() - begun) / 1000 / connections);
	}
	const double used = static_cast<double>(server.cpu_ns() - cpu) / 1e9, passed = static_cast<double>(bench::wall_ns() - wall) / 1e9;
	fmt::print("{:>4} connections: {:>8.0f} requests/s of one core, {:>8.0f} by the clock, {:.1f} us each (p50)\n", connections,
	           questions / used, questions / passed, bench::quantile(waits, 0.5));
}

} // namespace

int main() {
	std::string directory = "/tmp/gate25-policy-bench-XXXXXX";
	if (::mkdtemp(directory.data()) == nullptr) return 1;
	for (const unsigned connections : {1U, 10U, 100U}) measure(directory + "/policy.sock", connections);
	::unlink((directory + "/policy.sock.lock").c_str());
	::rmdir(directory.c_str());
}
