// SPDX-License-Identifier: GPL-2.0-or-later
#include "radius_edge.h"

#include "edge/files.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace gate25 {
namespace {

constexpr Milliseconds try_again_after{10'000};

// The first line of the file, as it stands.
Result<std::string> read_secret(const std::string& path) {
	auto text = read_file(path);
	if (!text) return text;
	text->resize(std::min(text->size(), text->find('\n')));
	if (text->ends_with('\r')) text->pop_back();
	if (text->empty()) return fail(ErrorKind::bad_input, path + ": its first line is empty, expected the secret");
	return text;
}

} // namespace

RadiusEdge::RadiusEdge(Loop& loop, Agent& agent) : loop_(loop), agent_(agent) {}

void RadiusEdge::configure() {
	RadiusRules rules = agent_.policy().config().assignments.radius;
	const auto source = agent_.assignments().rank("radius");
	again_.cancel();
	if (!rules.enabled || !source) {
		server_.reset();
		accounting_.reset();
		problem_.clear();
		return;
	}
	if (!accounting_) {
		const auto send = [this](const std::vector<RadiusAnswer>& answers) { if (server_) server_->send(answers); };
		const auto log = [this](LogLevel level, const std::string& text) { agent_.log(level, text); };
		accounting_ = std::make_unique<RadiusAccounting>(RadiusAccounting::World{agent_.assignments(), [this] { return agent_.now(); }, log, send});
	}
	std::string problem = read_secrets(rules);
	accounting_->configure(rules, *source);
	if (const std::string unheard = listen(rules); !unheard.empty()) problem = unheard + (problem.empty() ? "" : "; ") + problem;
	if (!problem.empty() && problem != problem_) agent_.log(LogLevel::warning, problem);
	problem_ = problem;
	agent_.assignments().counters(*source).problem = problem;
	if (!problem.empty()) again_ = loop_.after(try_again_after, [this] { configure(); });
}

// Which clients are strangers for the lack of one.
std::string RadiusEdge::read_secrets(RadiusRules& rules) {
	std::string problem;
	for (RadiusClient& client : rules.clients) {
		auto secret = read_secret(client.secret_file);
		if (secret) client.secret = std::move(*secret);
		else problem += (problem.empty() ? "RADIUS client \"" : "; RADIUS client \"") + client.name + "\" is not heard: " + secret.error().text;
	}
	return problem;
}

std::string RadiusEdge::listen(const RadiusRules& rules) {
	if (server_ && listening_ == rules.listen) return {};
	server_.reset(); // before its ports are opened anew
	RadiusServerOptions options;
	options.listen = rules.listen;
	options.take = [this](std::span<const RadiusDatagram> some) { accounting_->take(some); };
	auto opened = RadiusServer::open(loop_, std::move(options));
	if (opened) {
		server_ = std::move(*opened);
		listening_ = rules.listen;
		return {};
	}
	std::string problem = "RADIUS accounting is not heard: " + opened.error().text;
	if (opened.error().saved_errno == EAFNOSUPPORT) problem += "; the service may use no internet sockets, see gate25-radius(7)";
	return problem;
}

} // namespace gate25
