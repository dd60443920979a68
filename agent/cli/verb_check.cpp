// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/offline.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

void print_verdict(Screen& screen, const std::vector<std::string>& errors) {
	print_json(screen, boost::json::serialize(
	                       boost::json::object{{"schema", 1},
	                                           {"valid", errors.empty()},
	                                           {"errors", boost::json::array(errors.begin(), errors.end())}}));
}

} // namespace

int check(const Call& call) {
	const auto& file = call.words.arguments[0];
	const auto config = read_configuration(file);
	const bool was_read = config || config.error().exit == config_invalid;
	if (!was_read) return report(call, config.error());
	if (call.json) {
		print_verdict(call.screen, config ? std::vector<std::string>{} : config.error().details);
		return config ? done : config_invalid;
	}
	if (!config) return report(call, config.error());
	call.screen.out << fmt::format("{} is valid.\n", clean(file));
	return done;
}

} // namespace gate25::cli
