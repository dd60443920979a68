// SPDX-License-Identifier: GPL-2.0-or-later
//
// Kinds of text that stand in the file: names, paths, mail addresses, servers.
#pragma once

#include "core/address.h"

#include <optional>
#include <string>
#include <string_view>

namespace gate25::config_file {

// Also those of Unicode, which some terminals obey too.
bool has_control(std::string_view text);

// A user or a group, as useradd(8) takes them, and names from a directory service: no space, comma or slash, no
// leading dash.
bool is_account(std::string_view text);

// Begins with a slash and does not end with one.
bool is_absolute_path(std::string_view text);

// "abuse@fbl.example", ASCII, without a name or brackets round it.
bool is_mail_address(std::string_view text);

// "https://keys.example", "http://[2001:db8::11]:11371": scheme, host, perhaps a port, and nothing else.
bool is_web_server(std::string_view text);

// "192.0.2.1:10025", "[2001:db8::1]:10025".
std::optional<std::pair<Address, std::uint16_t>> parse_endpoint(std::string_view text);

// Letters of ASCII only: for names of hosts and mail addresses.
std::string lower_case(std::string_view text);

} // namespace gate25::config_file
