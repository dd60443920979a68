// SPDX-License-Identifier: GPL-2.0-or-later
//
// gate25d: joins the flow to the world and says in which order things start. gate25d(8).
#include "edge/clock.h"
#include "edge/files.h"
#include "edge/http_server.h"
#include "edge/kernel/monitor.h"
#include "edge/kernel/nft_kernel.h"
#include "edge/line_socket.h"
#include "edge/loop.h"
#include "edge/own_addresses.h"
#include "edge/peer.h"
#include "edge/random.h"
#include "edge/reader/reader_pool.h"
#include "edge/service.h"
#include "edge/store/assignment_file.h"
#include "edge/store/sqlite_store.h"
#include "edge/store/volume_file.h"
#include "flow/access.h"
#include "flow/api.h"
#include "lease_edges.h"
#include "options.h"
#include "radius_edge.h"
#include "volume_edges.h"
#include "wire/config.h"
#include "wire/version.h"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <map>
#include <unistd.h>
#include <utility>

using namespace gate25;

namespace {

constexpr int exit_done = 0, exit_failed = 1, exit_usage = 2, exit_invalid = 5;
constexpr Milliseconds tick_every{200};

LoadedConfig load_config(const std::string& file) {
	LoadedConfig loaded;
	const auto text = read_file(file);
	if (!text) {
		loaded.errors.push_back(text.error().text);
		return loaded;
	}
	ConfigResult read = read_config(*text);
	for (const ConfigError& error : read.errors) loaded.errors.push_back(error_text(file, error));
	if (!loaded.errors.empty()) return loaded;
	loaded.config = std::move(read.config);
	std::vector<Prefix>& routers = loaded.config.network.routers;
	for (const Prefix& own : own_addresses())
		if (std::find(routers.begin(), routers.end(), own) == routers.end()) routers.push_back(own);
	auto rules = read_rules(rules_directory(loaded.config.agent.rules));
	if (rules)
		loaded.rules = std::move(*rules);
	else
		loaded.errors.push_back(rules.error().text);
	return loaded;
}

int failed(const Error& error) {
	write_log(LogLevel::error, error.text);
	return exit_failed;
}

// Whoever comes, and whether he may.
Authorize authorize_by(Agent& agent) {
	// Who is refused may try again at once, and for ever: that is told once a minute.
	auto told = std::make_shared<std::map<std::uint32_t, Milliseconds>>(); // by user
	return [&agent, told](const Peer& peer, SocketKind socket) -> Result<void> {
		auto allowed = may_use(peer, socket, agent.access_rules());
		if (allowed) return allowed;
		const Milliseconds now = agent.now().boot;
		std::erase_if(*told, [&](const auto& one) { return one.second + Milliseconds{60'000} <= now; });
		if (told->emplace(peer.uid, now).second)
			agent.log(LogLevel::warning, fmt::format("refused: {}, pid {}", allowed.error().text, peer.pid));
		return allowed;
	};
}

// A group that does not exist is nobody.
std::string existing(const std::string& group) { return !group.empty() && gid_of(group) ? group : std::string(); }

HttpServerOptions server_options(Agent& agent, Api& api, SocketKind kind) {
	const AgentSettings& settings = agent.policy().config().agent;
	HttpServerOptions options;
	options.path = kind == SocketKind::control ? settings.control_socket
	               : kind == SocketKind::alert ? settings.alert_socket
	                                           : settings.portal_socket;
	options.kind = kind;
	options.group = existing(settings.group);
	// Of the portal's users each connection is looked at.
	options.is_for_everyone = (kind == SocketKind::alert && is_alert_socket_for_others(agent.policy().config())) ||
	                          (kind == SocketKind::portal && !settings.portal_users.empty());
	options.authorize = authorize_by(agent);
	options.handler = [&api](HttpRequest request, HttpReply reply) { api.handle(std::move(request), std::move(reply)); };
	return options;
}

bool is_peer_member(const Peer& peer, const std::string& group) { return is_member(peer.uid, peer.gid, group); }

struct Servers {
	std::unique_ptr<HttpServer> control, alert;
	std::unique_ptr<HttpServer> portal; // may be absent
	std::unique_ptr<LineSocket> eve; // may be absent

	void stop(const std::function<void()>& stopped) {
		auto running = std::make_shared<int>(2 + (eve ? 1 : 0) + (portal ? 1 : 0));
		const auto one_stopped = [running, stopped] { if (--*running == 0) stopped(); };
		control->stop(one_stopped);
		alert->stop(one_stopped);
		if (portal) portal->stop(one_stopped);
		if (eve) eve->stop(one_stopped);
	}
};

Result<std::unique_ptr<LineSocket>> open_eve_socket(Loop& loop, Agent& agent) {
	const Config& config = agent.policy().config();
	LineSocketOptions options;
	options.path = config.agent.eve_socket;
	options.group = existing(config.agent.group);
	options.is_for_everyone = is_alert_socket_for_others(config);
	options.authorize = authorize_by(agent);
	options.handler = [&agent](LineChunk chunk, LinesTaken taken) { agent.eve().take(std::move(chunk), std::move(taken)); };
	if (auto made = make_parent(options.path); !made) return fail(made.error());
	return LineSocket::open(loop, std::move(options));
}

Result<Servers> open_servers(Loop& loop, Agent& agent, Api& api) {
	Servers servers;
	for (auto [kind, server] : {std::pair(SocketKind::control, &servers.control), std::pair(SocketKind::alert, &servers.alert),
	                            std::pair(SocketKind::portal, &servers.portal)}) {
		HttpServerOptions options = server_options(agent, api, kind);
		if (options.path.empty()) continue;
		if (auto made = make_parent(options.path); !made) return fail(made.error());
		auto opened = HttpServer::open(loop, std::move(options));
		if (!opened) return fail(opened.error());
		*server = std::move(*opened);
	}
	if (agent.policy().config().agent.eve_socket.empty()) return servers;
	auto eve = open_eve_socket(loop, agent);
	if (!eve) return fail(eve.error());
	servers.eve = std::move(*eve);
	return servers;
}

void reload(Agent& agent) {
	service_is_reloading();
	(void)agent.reload("SIGHUP");
	service_is_ready("enforcing");
}

// Until SIGTERM. The table stays: stopping the agent opens nothing.
int serve(Loop& loop, Agent& agent, Api& api, const NftKernel& kernel) {
	auto servers = open_servers(loop, agent, api);
	if (!servers) return failed(servers.error());
	api.clients = [&] { return servers->control->status().connections + servers->alert->status().connections; };
	auto monitor = TableMonitor::open([&](const std::string& culprit) { agent.table_was_touched(culprit); },
	                                  [&] { agent.notifications_were_lost(); });
	if (!monitor) return failed(monitor.error());
	const auto watching = loop.watch_readable((*monitor)->fd(), [&] { (*monitor)->read(); });
	if (!watching) return failed(watching.error());
	bool is_reload_asked = false; // however often: once a tick is enough, and leaves time for alerts
	loop.on_exception([](const char* what) { write_log(LogLevel::error, fmt::format("unexpected: {}", what)); });
	loop.on_signal({SIGTERM, SIGINT, SIGHUP}, [&](int signal) {
		if (signal == SIGHUP) {
			is_reload_asked = true;
			return;
		}
		service_is_stopping();
		servers->stop([&] { loop.stop(); });
	});
	const Timer ticking = loop.every(tick_every, [&] {
		if (std::exchange(is_reload_asked, false)) reload(agent);
		agent.tick();
		(*monitor)->ignore(kernel.own_ports()); // a new guard has a new socket
	});
	Timer watchdog;
	if (const auto interval = watchdog_interval()) watchdog = loop.every(*interval, service_is_alive);
	service_is_ready("enforcing");
	agent.log(LogLevel::notice, fmt::format("gate25d {} enforces, control socket {}", version_text,
	                                        agent.policy().config().agent.control_socket));
	loop.run();
	agent.log(LogLevel::notice, "gate25d stops; the rules stay in the kernel");
	return exit_done;
}

int run(const Options& options, const LoadedConfig& loaded) {
	Loop loop;
	const SystemClock clock;
	auto kernel = NftKernel::open();
	if (!kernel) return failed(kernel.error());
	auto store = SqliteStore::open(loaded.config.agent.state, [&](std::function<void()> f) { loop.post(std::move(f)); });
	if (!store) return failed(store.error());
	const auto open_volume_store = [&]() -> Result<std::unique_ptr<VolumeStore>> {
		return std::make_unique<VolumeFile>(loaded.config.agent.state, [&](std::function<void()> f) { loop.post(std::move(f)); });
	};
	const auto open_assignment_store = [&]() -> Result<std::unique_ptr<AssignmentStore>> {
		return std::make_unique<AssignmentFile>(loaded.config.agent.state, [&](std::function<void()> f) { loop.post(std::move(f)); });
	};
	ReaderOptions reading;
	reading.openpgp = loaded.config.openpgp;
	ReaderPool readers(loop, std::move(reading));
	Agent agent({**store, **kernel, clock, write_log, [&] { return load_config(options.config_file); }, options.config_file,
	             readers, is_peer_member, geteuid(), {NftKernel::can_queue()}, open_assignment_store, random_bits, open_volume_store,
	             [&](std::function<void()> call) { loop.post(std::move(call)); }});
	VolumeEdges edges(loop, agent);
	RadiusEdge radius(loop, agent);
	LeaseEdges leases(loop, {agent.assignments(), [&](const std::string& name) { return agent.assignments().rank(name); },
	                         [&] { return agent.now().wall; }, write_log});
	agent.on_reload = [&] {
		readers.configure(agent.policy().config().openpgp);
		edges.configure();
		radius.configure();
		leases.configure(agent.policy().config());
	};
	if (auto started = agent.start(loaded); !started) return failed(started.error());
	Api api(agent); // requests that are still being stored call it back below
	const bool is_load = options.action == Options::Action::load;
	if (!is_load) {
		agent.volume().configure();
		edges.configure();
		radius.configure();
		leases.configure(agent.policy().config());
	}
	const int status = is_load ? exit_done : serve(loop, agent, api, **kernel);
	api.clients = [] { return std::size_t{0}; }; // it asked servers that are gone
	// What the store still writes is awaited, so that its thread posts to a loop that lives.
	bool is_counted = false, is_assigned = false;
	agent.volume().finish([&] { is_counted = true; });
	agent.assignments().finish([&] { is_assigned = true; });
	loop.run_until([&] { return is_counted && is_assigned && agent.is_idle(); }, Milliseconds{5000});
	store->reset();
	return status;
}

} // namespace

int main(int argc, char** argv) {
	const auto options = parse_options(argc, argv);
	if (!options) {
		fmt::print(stderr, "gate25d: {}\n{}", options.error().text, usage_text);
		return exit_usage;
	}
	if (options->action == Options::Action::help) return fmt::print("{}", usage_text), exit_done;
	if (options->action == Options::Action::version) return fmt::print("gate25d {}\n", version_text), exit_done;
	const LoadedConfig loaded = load_config(options->config_file);
	for (const std::string& error : loaded.errors) fmt::print(stderr, "{}\n", error);
	if (!loaded.errors.empty()) return exit_invalid;
	if (options->action == Options::Action::check) return fmt::print("{} is valid\n", options->config_file), exit_done;
	std::signal(SIGPIPE, SIG_IGN);
	return run(*options, loaded);
}
