// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/volume_answers.h"

#include <fmt/format.h>

namespace gate25 {

namespace json = boost::json;

namespace {

json::value time_or_null(VolumeTime time) { return time == 0 ? json::value(nullptr) : json::value(time_text(UnixTime(Seconds(time)))); }

const VolumeEntry* entry_for(const EntriesOf& entries, Quantity quantity) {
	return entries[static_cast<std::size_t>(activity_of(quantity))];
}

json::object value_object(const VolumeEntry* entry, Quantity quantity, Window window, VolumeTime now) {
	json::object value;
	value["value"] = entry == nullptr ? 0 : entry->value(quantity, window, now);
	value["is_estimated"] = entry != nullptr && entry->is_estimated(quantity, window, now);
	return value;
}

json::object peaks_object(const VolumeRecord& record, Quantity quantity) {
	json::object peaks;
	for (const Window window : all_windows) peaks[window_text(window)] = record.peak(quantity, window);
	return peaks;
}

// Exactly; 0.25 % is 0.0025.
double share(std::uint64_t part, std::uint64_t whole) { return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole); }

} // namespace

std::string hour_text(std::uint32_t hour) { return time_text(UnixTime(std::chrono::hours(hour))); }

void put_who(json::object& object, const VolumeKey& key, const UserNames& names) {
	object["subscriber"] = nullptr;
	object["user"] = nullptr;
	if (const auto subscriber = key.subscriber()) {
		object["subscriber"] = subscriber->text();
		return;
	}
	if (const std::string* name = names(key)) {
		object["user"] = *name;
		return;
	}
	std::string text = "?";
	for (const std::uint8_t byte : key.bytes()) text += fmt::format("{:02x}", byte);
	object["user"] = text;
}

json::object period_object(std::optional<std::uint32_t> first_hour, std::optional<std::uint32_t> last_hour) {
	json::object period;
	period["from"] = first_hour ? json::value(hour_text(*first_hour)) : json::value(nullptr);
	period["to"] = last_hour ? json::value(hour_text(*last_hour + 1)) : json::value(nullptr);
	return period;
}

json::array values_array(const EntriesOf& entries, VolumeTime now) {
	json::array values;
	for (const Quantity quantity : all_quantities) {
		const VolumeEntry* entry = entry_for(entries, quantity);
		json::object object;
		object["quantity"] = quantity_text(quantity);
		for (const Window window : all_windows) object[window_text(window)] = value_object(entry, quantity, window, now);
		object["last"] = time_or_null(entry == nullptr ? 0 : entry->last());
		values.push_back(std::move(object));
	}
	return values;
}

json::object json_of(const VolumeLimit& limit) {
	json::object object;
	object["limit"] = limit.limit.text();
	json::array match;
	for (const Prefix& prefix : limit.match) match.push_back(json::value(prefix.text()));
	object["match"] = std::move(match);
	object["then"] = limit.then == Then::refuse ? "refuse" : limit.then == Then::alert ? "alert" : "refuse-and-alert";
	object["mode"] = limit.mode == Mode::enforce ? "enforce" : "monitor";
	return object;
}

json::object json_of(const VolumeLimit& limit, const EntriesOf& entries, VolumeTime now) {
	json::object object = json_of(limit);
	const Limit& of = limit.limit;
	const auto value = value_object(entry_for(entries, of.quantity), of.quantity, of.per, now);
	object["most"] = of.most;
	object["value"] = value.at("value");
	object["is_estimated"] = value.at("is_estimated");
	return object;
}

json::object json_of(const VolumeRecord& record) {
	json::object object;
	object["hour"] = hour_text(record.hour);
	object["activity"] = activity_text(record.activity);
	object["events"] = record.events;
	object["refused"] = record.refused;
	json::object peaks;
	for (const bool second : {false, true}) {
		const Quantity quantity = quantity_of(record.activity, second);
		peaks[quantity_text(quantity)] = peaks_object(record, quantity);
	}
	object["peaks"] = std::move(peaks);
	return object;
}

json::object json_of(const VolumeStoreHealth& health) {
	json::object object;
	object["problem"] = health.problem;
	object["warning"] = health.warning;
	object["bytes"] = health.bytes;
	object["oldest"] = health.oldest ? json::value(time_text(*health.oldest)) : json::value(nullptr);
	object["forgotten"] = health.forgotten;
	return object;
}

json::array json_of(std::span<const TopPlace> places, const UserNames& names) {
	json::array array;
	for (const TopPlace& place : places) {
		json::object object;
		put_who(object, place.key, names);
		object["value"] = place.value;
		object["is_estimated"] = place.is_estimated;
		object["last"] = time_or_null(place.last);
		array.push_back(std::move(object));
	}
	return array;
}

json::object json_of(const SpreadResult& spread) {
	json::object object = period_object(spread.first_hour, spread.last_hour);
	object["active"] = spread.active;
	object["users"] = spread.active_users;
	json::array points;
	for (std::size_t i = 0; i < spread_points.size() && spread.active > 0; ++i) {
		json::object point;
		point["share"] = static_cast<double>(spread_points[i]) / 1000;
		point["value"] = spread.values[i];
		points.push_back(std::move(point));
	}
	object["percentiles"] = std::move(points);
	object["suggestion"] = nullptr;
	if (spread.suggestion) {
		json::object suggestion;
		suggestion["limit"] = spread.suggestion->text();
		suggestion["touched"] = spread.touched;
		object["suggestion"] = std::move(suggestion);
	}
	object["restrained"] = spread.restrained;
	object["left_out"] = spread.left_out;
	return object;
}

json::object json_of(const WhatIfResult& result, const UserNames& names) {
	json::object object = period_object(result.first_hour, result.last_hour);
	object["active"] = result.active;
	object["active_users"] = result.active_users;
	object["touched"] = result.touched;
	object["touched_users"] = result.touched_users;
	object["share"] = share(result.touched, result.active);
	object["hours"] = result.hours;
	json::array days;
	for (const auto& [day, touched] : result.by_day) {
		json::object object_of_day;
		object_of_day["day"] = hour_text(day * 24).substr(0, 10);
		object_of_day["touched"] = touched;
		days.push_back(std::move(object_of_day));
	}
	object["days"] = std::move(days);
	json::array most;
	for (const Touched& touched : result.most) {
		json::object one;
		put_who(one, touched.key, names);
		one["hours"] = touched.hours;
		one["days"] = touched.days;
		one["peak"] = touched.peak;
		one["first"] = hour_text(touched.first_hour);
		one["last"] = hour_text(touched.last_hour);
		most.push_back(std::move(one));
	}
	object["most"] = std::move(most);
	object["restrained"] = result.restrained;
	object["left_out"] = result.left_out;
	return object;
}

} // namespace gate25
