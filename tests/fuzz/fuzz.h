// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the fuzz targets share. Each of them hands the bytes to one parser and checks what must hold for any bytes.
#pragma once

#include "core/report.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace gate25::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
	return {reinterpret_cast<const char*>(data), size};
}

inline void require(bool holds, const char* what) {
	if (holds) return;
	std::fprintf(stderr, "does not hold: %s\n", what);
	std::abort();
}

// For what goes into an answer: as a string of JSON it can be read back.
void check_utf8(std::string_view text);

// What core/report.h promises of every report.
void check(const Report& report);

} // namespace gate25::fuzz
