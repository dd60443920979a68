// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_kinds.h"
#include "wire/config_sections.h"

namespace gate25::config_file {

namespace {

constexpr std::size_t longest_name = 200;

using Texts = std::vector<Placed<std::string>>;

std::vector<UdpEndpoint> read_listen(Section& section) {
	Texts texts;
	std::vector<UdpEndpoint> out;
	for (const auto& text : section.texts("listen", "[\"192.0.2.1:1813\", \"[2001:db8::1]:1813\"]"))
		if (const auto endpoint = parse_endpoint(text.value)) {
			out.push_back({endpoint->first, endpoint->second});
			texts.push_back({endpoint->first.text() + ' ' + std::to_string(endpoint->second), text.node});
		} else {
			section.errors().add_expected(*text.node, "made of addresses with a port, like \"192.0.2.1:1813\" or "
			                                          "\"[2001:db8::1]:1813\"");
		}
	without_twins(std::move(texts), section.errors());
	return out;
}

void read_name(Section& section, std::string& out, Texts& names) {
	section.require("name", "what the client is called in the log");
	const auto given = section.text("name");
	if (!given) return;
	if (given->value.empty() || given->value.size() > longest_name || has_control(given->value))
		return section.errors().add_expected(*given->node, "a name of 1 to 200 bytes without control characters");
	out = given->value;
	names.push_back(*given);
}

// Unlike subscribers they may be on this machine.
void read_clients(Section& section, RadiusClient& out, std::vector<Placed<Prefix>>& all) {
	section.require("match", "the addresses that its packets come from");
	for (const auto& text : section.texts("match", "[\"192.0.2.10\", \"2001:db8:a::/64\"]")) {
		const auto prefix = Prefix::parse(text.value);
		if (!prefix)
			section.errors().add(text.node->where, prefix.error().text);
		else if (prefix->length() == 0)
			section.errors().add(text.node->where, quoted(text.value) + " cannot stand in \"match\": the secret would be all "
			                                                            "that keeps strangers from saying who holds which address");
		else {
			out.match.push_back(*prefix);
			all.push_back({*prefix, text.node});
		}
	}
	const Node* match = section.find("match");
	if (match != nullptr && match->kind == Node::Kind::array && match->members.empty())
		section.errors().add_expected(*match, "a list with at least one address");
}

void read_secret_file(Section& section, std::string& out) {
	section.require("secret_file", "the file whose first line is the secret that the client knows");
	section.path("secret_file", longest_path, out);
}

} // namespace

void read_radius(Reader& reader, RadiusRules& out) {
	Section section = reader.section("radius");
	out.enabled = section.is_present();
	if (out.enabled) section.require("listen", "where access servers send their accounting, like \"192.0.2.1:1813\"");
	const std::size_t before = reader.errors().count();
	out.listen = read_listen(section);
	if (out.enabled && out.listen.empty() && reader.errors().count() == before && section.find("listen") != nullptr)
		section.errors().add_expected(*section.find("listen"), "a list with at least one address and port");
	section.choice("subscriber", radius_name_words, out.subscriber);
	Texts names;
	std::vector<Placed<Prefix>> matches;
	for (Section& client : reader.repeated("radius_client")) {
		if (!out.enabled)
			reader.errors().add(client.where(), "[[radius_client]] needs a section [radius]: without it nobody listens to it");
		RadiusClient& read = out.clients.emplace_back();
		read_name(client, read.name, names);
		read_clients(client, read, matches);
		read_secret_file(client, read.secret_file);
	}
	if (out.enabled && out.clients.empty())
		reader.errors().add(section.where(), "[radius] needs a [[radius_client]]: without one nobody is listened to");
	without_twins(std::move(names), reader.errors());
	without_twins(std::move(matches), reader.errors());
}

} // namespace gate25::config_file
