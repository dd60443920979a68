// SPDX-License-Identifier: GPL-2.0-or-later
//
// Prometheus text format 0.0.4. No label is ever a subscriber's, so the number of series is bounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gate25 {

class Metrics {
public:
	void gauge(std::string_view name, std::string_view help, std::uint64_t value, std::string_view labels = {}) {
		add(name, "gauge", help, value, labels);
	}
	void counter(std::string_view name, std::string_view help, std::uint64_t value, std::string_view labels = {}) {
		add(name, "counter", help, value, labels);
	}
	const std::string& text() const { return text_; }

private:
	void add(std::string_view name, std::string_view type, std::string_view help, std::uint64_t value,
	         std::string_view labels);
	std::string text_;
	std::string last_name_;
};

} // namespace gate25
