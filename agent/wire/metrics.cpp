// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/metrics.h"

#include <fmt/format.h>

namespace gate25 {

void Metrics::add(std::string_view name, std::string_view type, std::string_view help, std::uint64_t value,
                  std::string_view labels) {
	if (name != last_name_) text_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
	last_name_ = name;
	text_ += labels.empty() ? fmt::format("{} {}\n", name, value) : fmt::format("{}{{{}}} {}\n", name, labels, value);
}

} // namespace gate25
