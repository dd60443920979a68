// SPDX-License-Identifier: GPL-2.0-or-later
//
// What was counted as the JSON of the control API (docs/openapi.yaml).
#pragma once

#include "core/config.h"
#include "core/spread.h"
#include "core/volume_top.h"
#include "core/volume_world.h"
#include "core/what_if.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <span>
#include <string>

namespace gate25 {

// The name behind a user's key; nullptr: it is not known any more.
using UserNames = std::function<const std::string*(const VolumeKey&)>;

// "subscriber" and "user": one of them is null.
void put_who(boost::json::object& object, const VolumeKey& key, const UserNames& names);
std::string hour_text(std::uint32_t hour);
boost::json::object period_object(std::optional<std::uint32_t> first_hour, std::optional<std::uint32_t> last_hour);

// All quantities and windows of one subscriber; an entry is nullptr where he did nothing of that kind.
using EntriesOf = std::array<const VolumeEntry*, all_activities.size()>;
boost::json::array values_array(const EntriesOf& entries, VolumeTime now);
boost::json::object json_of(const VolumeLimit& limit);
// And how near he is to it.
boost::json::object json_of(const VolumeLimit& limit, const EntriesOf& entries, VolumeTime now);
boost::json::object json_of(const VolumeRecord& record); // without the key
boost::json::object json_of(const VolumeStoreHealth& health);
boost::json::array json_of(std::span<const TopPlace> places, const UserNames& names);
boost::json::object json_of(const SpreadResult& spread);
boost::json::object json_of(const WhatIfResult& result, const UserNames& names);

} // namespace gate25
