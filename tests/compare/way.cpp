// SPDX-License-Identifier: GPL-2.0-or-later
#include "comparison.h"

#include "edge/kernel/guard.h"
#include "edge/kernel/nft_json.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace gate25::compare {
namespace {

constexpr std::string_view main_table = "inet gate25 ", guard_table = "inet gate25_guard ";

std::string elements_of(const Scene& scene) {
	return elements_text(scene.config.network, scene.decisions.standings({}), {});
}

std::string load_export(const std::string& rules, const Scene& scene) {
	return Firewall::run_program("", standalone_text(rules, scene.config.network, scene.decisions.standings({}), {}));
}

std::string load_export_as_json(const std::string& rules, const Scene& scene) {
	const auto json = ruleset_as_json(standalone_text(rules, scene.config.network, scene.decisions.standings({}), {}));
	return json ? Firewall::run_program("-j", *json) : json.error().text;
}

// The guard lives as long as the socket that made it.
class GuardKeeper {
public:
	explicit GuardKeeper(RulesSource source) : source_(std::move(source)) {}
	std::string open(const Scene& scene) {
		guard_.reset();
		auto text = guard_text(source_, Policy(scene.config));
		if (!text) return text.error().text;
		std::string elements = elements_of(scene);
		for (std::size_t at = 0; (at = elements.find(main_table, at)) != std::string::npos; at += guard_table.size())
			elements.replace(at, main_table.size(), guard_table);
		auto guard = Guard::open(*text + elements);
		if (!guard) return guard.error().text;
		guard_ = std::move(*guard);
		return {};
	}

private:
	RulesSource source_;
	std::unique_ptr<Guard> guard_;
};

} // namespace

RulesSource read_rules(const std::string& directory) {
	RulesSource source;
	for (const auto& entry : std::filesystem::directory_iterator(directory)) {
		if (entry.path().extension() != ".nft") continue;
		std::ostringstream text;
		text << std::ifstream(entry.path()).rdbuf();
		source[entry.path().filename()] = text.str();
	}
	return source;
}

std::string rules_of(const RulesSource& source, const Config& config) {
	auto rules = rules_text(source, Policy(config));
	if (!rules) throw std::runtime_error(rules.error().text);
	return *rules;
}

std::string load_by_agent(const std::string& rules, const Scene& scene) {
	return Firewall::run("table inet gate25 {\n}\ndelete table inet gate25\n" + rules + elements_of(scene));
}

Way way_of(const std::string& name, const RulesSource& source) {
	if (name == "agent") return {load_by_agent};
	if (name == "export") return {load_export};
	if (name == "json") return {load_export_as_json};
	const auto keeper = std::make_shared<GuardKeeper>(source);
	if (name == "guard")
		return {[keeper](const std::string& rules, const Scene& scene) {
			        const std::string wrong = load_by_agent(rules, scene);
			        return wrong.empty() ? keeper->open(scene) : wrong;
		        }};
	if (name == "guard-alone")
		return {[keeper](const std::string&, const Scene& scene) { return keeper->open(scene); }, {.is_guard = true}};
	throw std::runtime_error("unknown way " + name);
}

} // namespace gate25::compare
