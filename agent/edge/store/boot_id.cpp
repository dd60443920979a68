// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/boot_id.h"

#include <charconv>
#include <fstream>
#include <optional>
#include <random>
#include <string>

namespace gate25 {

namespace {

std::optional<BootId> parse_uuid(std::string text) {
	std::erase(text, '-');
	if (text.size() != 32) return std::nullopt;
	BootId id{};
	for (std::size_t i = 0; i < id.size(); ++i) {
		const char* digits = text.data() + 2 * i;
		const auto read = std::from_chars(digits, digits + 2, id[i], 16);
		if (read.ec != std::errc{} || read.ptr != digits + 2) return std::nullopt;
	}
	return id;
}

BootId random_id() {
	std::random_device device;
	BootId id{};
	for (auto& byte : id) byte = static_cast<std::uint8_t>(device());
	return id;
}

} // namespace

BootId this_boot() {
	std::ifstream file("/proc/sys/kernel/random/boot_id");
	std::string text;
	std::getline(file, text);
	const auto id = parse_uuid(text);
	return id ? *id : random_id();
}

} // namespace gate25
