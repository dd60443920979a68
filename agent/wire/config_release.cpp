// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/config_sections.h"

#include <algorithm>

namespace gate25::config_file {

namespace {

constexpr unsigned most_releases = 100;

std::vector<Level> read_levels(Section& section, std::vector<Level> otherwise) {
	if (section.find("levels") == nullptr) return otherwise;
	std::vector<Placed<std::string>> given;
	for (const auto& text : section.texts("levels", "[\"limit\", \"port25\"]")) {
		if (const auto level = parse_level(text.value))
			given.push_back(text);
		else
			section.errors().add(text.node->where, level.error().text);
	}
	std::vector<Level> out;
	for (const std::string& text : values_of(without_twins(std::move(given), section.errors()))) out.push_back(*parse_level(text));
	std::sort(out.begin(), out.end());
	return out;
}

} // namespace

void read_release(Reader& reader, const VolumeRules& volume, ReleaseRules& out) {
	Section section = reader.section("release");
	section.number("self", 0, most_releases, out.self);
	out.levels = read_levels(section, out.levels);
	section.duration_or_none("quiet", out.quiet);
	if (out.quiet && !volume.enabled)
		section.errors().add(section.find("quiet")->where, "\"quiet\" needs a section [volume]: without it nobody knows of attempts, and nobody would get out");
}

} // namespace gate25::config_file
