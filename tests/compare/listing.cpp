// SPDX-License-Identifier: GPL-2.0-or-later
#include "listing.h"

#include "firewall.h"

#include <algorithm>
#include <boost/json.hpp>
#include <nftables/libnftables.h>
#include <regex>
#include <sstream>

namespace gate25::compare {
namespace {

std::string trimmed(const std::string& text) {
	const std::size_t begin = text.find_first_not_of(" \t\n");
	return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

// A hash set is listed in whatever order the kernel has it.
std::string with_sorted_elements(const std::string& block) {
	const std::string opening = "elements = {";
	const std::size_t begin = block.find(opening);
	if (begin == std::string::npos) return block;
	const std::size_t end = block.find('}', begin);
	std::istringstream all(block.substr(begin + opening.size(), end - begin - opening.size()));
	std::multiset<std::string> elements;
	for (std::string element; std::getline(all, element, ',');) elements.insert(trimmed(element));
	std::string out = block.substr(0, begin + opening.size());
	for (const std::string& element : elements) out += " " + element + ",";
	return out + block.substr(end);
}

} // namespace

Listing parse_listing(const std::string& text) {
	Listing listing;
	std::istringstream lines(std::regex_replace(text, std::regex(" expires [0-9a-z]+"), ""));
	std::string name, block;
	for (std::string line; std::getline(lines, line);) {
		if (name.empty() && line.starts_with('\t') && line.ends_with('{')) {
			name = trimmed(line.substr(0, line.size() - 1));
			block.clear();
		} else if (line == "\t}") {
			listing[name] = with_sorted_elements(block);
			name.clear();
		} else if (!name.empty()) {
			block += line + '\n';
		}
	}
	return listing;
}

Listing live_listing() { return parse_listing(Firewall::list("list table inet gate25", NFT_CTX_OUTPUT_STATELESS)); }

TableShape shape_of(const Listing& listing) {
	TableShape shape;
	shape.exists = true;
	for (const auto& [title, block] : listing) {
		const std::size_t space = title.find(' ');
		const std::string kind = title.substr(0, space), name = title.substr(space + 1);
		if (kind == "set" || kind == "map") shape.sets.push_back(name);
		if (kind == "chain") shape.chains.push_back(name);
	}
	return shape;
}

std::map<std::string, long> seconds_left() {
	namespace json = boost::json;
	std::map<std::string, long> left;
	const json::value document = json::parse(Firewall::list("list table inet gate25", NFT_CTX_OUTPUT_JSON));
	for (const json::value& object : document.at("nftables").as_array()) {
		const json::value* set = object.as_object().if_contains("set");
		if (set == nullptr || !set->as_object().contains("elem")) continue;
		const std::string name(set->at("name").as_string());
		if (!name.starts_with("quarantine") && !name.starts_with("exempt")) continue;
		for (const json::value& element : set->at("elem").as_array()) {
			const bool is_timed = element.is_object() && element.as_object().contains("elem");
			const json::value& key = is_timed ? element.at("elem").at("val") : element;
			left[name + " " + std::string(key.as_string())] = is_timed ? static_cast<long>(element.at("elem").at("expires").as_int64()) : -1;
		}
	}
	return left;
}

} // namespace gate25::compare
