// SPDX-License-Identifier: GPL-2.0-or-later
//
// The sections of the file, and what is in it that nobody asked for.
#pragma once

#include "wire/config_section.h"

#include <map>

namespace gate25::config_file {

class Reader {
  public:
	explicit Reader(const Node& root) : root_(root) {}
	Section section(const std::string& name);               // [name]
	std::vector<Section> repeated(const std::string& name); // [[name]]
	// To be called when all sections were read.
	void complain_of_unknown();
	Errors& errors() { return errors_; }

  private:
	void complain_of_section(const Node& node);
	void complain_of_key(const Known& known, const Node& node);
	std::string owner_hint(std::string_view key) const;

	const Node& root_;
	Errors errors_;
	std::map<std::string, Known> known_;
};

} // namespace gate25::config_file
