// SPDX-License-Identifier: GPL-2.0-or-later
//
// From words of the command line, already checked, to members of a request's JSON.
#pragma once

#include "cli/words.h"

#include <boost/json/object.hpp>
#include <string>

namespace gate25::cli {

// Left out when the option was.
void put_text(boost::json::object& body, const Words& words, std::string_view option);
void put_number(boost::json::object& body, const Words& words, std::string_view option);
// Whom it is about, as "subscriber" or as "prefix".
void put_subject(boost::json::object& body, std::string_view text);
// --for as "seconds"; null: until somebody ends it.
void put_duration(boost::json::object& body, const Words& words);
// A time as the API spells it.
void put_time(boost::json::object& body, const Words& words, std::string_view option);
std::string spelt_time(std::string_view text);
std::string spelt(const boost::json::object& body);

} // namespace gate25::cli
