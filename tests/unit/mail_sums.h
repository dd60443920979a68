// SPDX-License-Identifier: GPL-2.0-or-later
//
// Sums of mail in a real table, and a note of all that came to it.
#pragma once

#include "core/relay_volume.h"
#include "core/volume_book.h"

#include <map>
#include <string>
#include <vector>

namespace gate25::test {

class TableSums : public MailSums {
public:
	explicit TableSums(std::size_t most = 1000) : table_(Activity::mail, most) {}
	std::uint32_t value(const VolumeKey& key, Quantity quantity, Window window, VolumeTime at) const override {
		const VolumeEntry* entry = table_.find(key);
		return entry == nullptr ? 0 : entry->value(quantity, window, at);
	}
	void add(const MailSender& sender, std::uint32_t messages, std::uint32_t recipients, VolumeTime now) override {
		table_.at(sender.key, now, finished_).add_mail(messages, recipients, now);
		if (!sender.user.empty()) names[sender.key] = sender.user;
	}
	void add_refused(const MailSender& sender, VolumeTime now) override {
		table_.at(sender.key, now, finished_).add_refused(now);
		++refused[sender.key];
	}
	void alert(const MailOver& over, VolumeTime) override { alerts.push_back(over.limit.limit.text() + ": " + std::to_string(over.value)); }

	std::map<VolumeKey, std::string> names;
	std::map<VolumeKey, unsigned> refused;
	std::vector<std::string> alerts;

private:
	VolumeTable table_;
	std::vector<VolumeRecord> finished_;
};

// The lab's network, with limits as they stand in a configuration.
inline Config relay_config(const std::vector<std::string>& limits = {}) {
	Config config;
	for (const char* text : {"100.64.0.0/10", "2001:db8:1000::/36"}) config.network.subscribers.push_back(*Prefix::parse(text));
	config.network.relays = {*Prefix::parse("192.0.2.25")};
	config.volume.enabled = true;
	for (const std::string& text : limits) {
		VolumeLimit limit;
		limit.limit = *parse_limit(text);
		limit.mode = Mode::enforce;
		config.volume.limits.push_back(limit);
	}
	return config;
}

} // namespace gate25::test
