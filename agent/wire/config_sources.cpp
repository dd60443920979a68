// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_kinds.h"
#include "wire/config_sections.h"

namespace gate25::config_file {

namespace {

constexpr std::size_t longest_name = 64;

// It stands in answers, in metrics, and in [assignments] precedence.
bool is_name(std::string_view text) {
	const auto is_plain = [](char c) {
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
	};
	return !text.empty() && text.size() <= longest_name && std::all_of(text.begin(), text.end(), is_plain);
}

void read_name(Section& section, std::string& out, std::vector<Placed<std::string>>& names) {
	section.require("name", "what the source is called in \"precedence\", in answers and in the record");
	const auto given = section.text("name");
	if (!given) return;
	if (!is_name(given->value))
		return section.errors().add_expected(*given->node, "1 to " + std::to_string(longest_name) + " letters, digits, dots, dashes and underscores");
	if (given->value == "api" || given->value == "radius")
		return section.errors().add(given->node->where, quoted(given->value) + " is the name of a source that is always there; choose another one");
	out = given->value;
	names.push_back(*given);
}

// A key that means nothing for this kind would be believed to mean something.
void refuse(Section& section, std::string_view key, bool is_refused, const std::string& why) {
	if (const Node* node = section.find(key); node != nullptr && is_refused) section.errors().add(node->where, quoted(key) + " " + why);
}

void read_source(Section& section, LeaseSource& out) {
	const std::size_t before = section.errors().count();
	section.require("kind", "what speaks there: \"kea\", \"kea-file\", \"dnsmasq\" or \"csv\"");
	section.choice("kind", lease_kind_words, out.kind);
	const bool is_kind_known = section.errors().count() == before;
	section.require("path", "the file, or Kea's control socket");
	section.path("path", out.kind == LeaseKind::kea ? longest_socket_path : longest_path, out.path);
	section.choice("subscriber", lease_name_words, out.subscriber);
	section.duration("every", out.every);
	refuse(section, "subscriber", is_kind_known && out.kind == LeaseKind::csv, "is for leases; a csv names its subscribers itself");
	refuse(section, "every", is_kind_known && out.kind != LeaseKind::kea, "is for kind = \"kea\"; a file is read when it changes");
}

} // namespace

void read_sources(Reader& reader, std::vector<LeaseSource>& out) {
	std::vector<Placed<std::string>> names;
	for (Section& section : reader.repeated("source")) {
		LeaseSource& source = out.emplace_back();
		read_name(section, source.name, names);
		read_source(section, source);
	}
	without_twins(std::move(names), reader.errors());
}

} // namespace gate25::config_file
