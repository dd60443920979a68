// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_kinds.h"
#include "wire/config_sections.h"

namespace gate25::config_file {

namespace {

constexpr std::size_t longest_name = 200;
constexpr Points most_weight = 10 * one_point;

using Texts = std::vector<Placed<std::string>>;

void read_name(Section& section, std::string& out, Texts& names) {
	section.require("name", "what the reporter is called in answers, events and the record");
	const auto given = section.text("name");
	if (!given) return;
	const std::string& name = given->value;
	if (name.empty() || has_control(name))
		return section.errors().add_expected(*given->node, "a name without control characters");
	if (name.size() > longest_name)
		return section.errors().add(given->node->where, quoted(name) + " has " + std::to_string(name.size()) +
		                                                    " bytes, at most " + std::to_string(longest_name) +
		                                                    " are a name");
	out = name;
	names.push_back(*given);
}

void read_users(Section& section, std::vector<std::string>& out, Texts& all) {
	for (const auto& user : section.texts("users", "[\"suricata\", \"fbl\"]")) {
		if (!is_account(user.value)) {
			const std::string_view hint = user.value == "*" ? "; everybody is no reporter" : "";
			section.errors().add(user.node->where, "an item of \"users\" must be the name of a user, got " +
			                                           user.node->spelt() + std::string(hint));
			continue;
		}
		out.push_back(user.value);
		all.push_back(user);
	}
}

void read_addresses(Section& section, std::vector<std::string>& out, Texts& all) {
	for (const auto& address : section.texts("openpgp", "[\"abuse@security.example\"]")) {
		if (!is_mail_address(address.value)) {
			section.errors().add(address.node->where, "an item of \"openpgp\" must be a mail address like "
			                                          "\"abuse@security.example\", got " +
			                                              address.node->spelt());
			continue;
		}
		out.push_back(lower_case(address.value));
		all.push_back({out.back(), address.node});
	}
}

void refuse_unprovable(Section& section, const Reporter& reporter) {
	if (reporter.users.empty() && reporter.addresses.empty())
		section.errors().add(section.where(), (reporter.name.empty() ? "a reporter" : quoted(reporter.name)) +
		                                          " has neither \"users\" nor \"openpgp\": nothing could prove "
		                                          "that a report is its own");
}

} // namespace

void read_reporters(Reader& reader, std::vector<Reporter>& out) {
	Texts names, users, addresses;
	for (Section& section : reader.repeated("reporter")) {
		Reporter& reporter = out.emplace_back();
		read_name(section, reporter.name, names);
		section.decimal("weight", 0, most_weight, reporter.weight);
		const std::size_t before = reader.errors().count();
		read_users(section, reporter.users, users);
		read_addresses(section, reporter.addresses, addresses);
		if (reader.errors().count() == before) refuse_unprovable(section, reporter);
	}
	for (Texts* texts : {&names, &users, &addresses}) without_twins(std::move(*texts), reader.errors());
}

void read_openpgp(Reader& reader, const std::vector<Reporter>& reporters, OpenPgp& out) {
	Section section = reader.section("openpgp");
	section.path("home", longest_path, out.home);
	section.duration("key_age", out.key_age);
	section.duration("patience", out.patience);
	const auto server = section.text("server");
	if (!server || server->value.empty()) return;
	const std::string_view hint = server->value.starts_with("hkp://")    ? "; hkp:// is http:// at port 11371"
	                              : server->value.starts_with("hkps://") ? "; hkps:// is https://"
	                                                                     : "";
	if (!is_web_server(server->value))
		return section.errors().add_expected(
		    *server->node, "a scheme, a host and perhaps a port, like \"https://keys.example\" or "
		                   "\"http://[2001:db8::11]:11371\", or empty",
		    hint);
	out.server = server->value;
	const bool is_used = std::any_of(reporters.begin(), reporters.end(),
	                                 [](const Reporter& reporter) { return !reporter.addresses.empty(); });
	if (!is_used)
		section.errors().add(server->node->where, "\"server\" would be asked for the keys of strangers only: no "
		                                          "[[reporter]] has \"openpgp\"");
}

} // namespace gate25::config_file
