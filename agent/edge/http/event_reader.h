// SPDX-License-Identifier: GPL-2.0-or-later
//
// Cuts a text/event-stream into events (WHATWG HTML section 9.2.6), as far as the agent writes it: event
// and data fields and comments, lines that end in LF or CR LF.
#pragma once

#include <string>
#include <string_view>

namespace gate25 {

class EventReader {
public:
	// Takes the next bytes. use(name, data) is called for each complete event; false ends the reading.
	template <class Use> bool take(std::string_view bytes, const Use& use) {
		rest_ += bytes;
		std::size_t begin = 0;
		for (std::size_t end = 0; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1)
			if (!take_line(std::string_view(rest_).substr(begin, end - begin), use)) return false;
		rest_.erase(0, begin);
		return true;
	}

private:
	template <class Use> bool take_line(std::string_view line, const Use& use) {
		if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
		if (!line.empty()) {
			take_field(line);
			return true;
		}
		const bool is_event = !data_.empty();
		if (is_event) data_.pop_back(); // the last line break
		const bool goes_on = !is_event || use(name_, data_);
		name_.clear();
		data_.clear();
		return goes_on;
	}
	void take_field(std::string_view line) {
		const auto colon = line.find(':');
		const std::string_view field = line.substr(0, colon);
		std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
		if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
		if (field == "event") name_ = value;
		if (field == "data") (data_ += value) += '\n';
	}

	std::string rest_;
	std::string name_;
	std::string data_;
};

} // namespace gate25
