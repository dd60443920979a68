// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/reading.h"

#include <algorithm>

namespace gate25 {
namespace {

constexpr std::uint32_t job_mark = 0x67323572;    // "g25r"
constexpr std::uint32_t answer_mark = 0x67323561; // "g25a"

std::uint64_t read_number(std::string_view bytes) {
	std::uint64_t number = 0;
	for (const char c : bytes) number = number << 8U | static_cast<unsigned char>(c);
	return number;
}

template <std::size_t size> void put(char* to, std::uint64_t number) {
	for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<char>(number >> (8 * (size - 1 - i)) & 0xffU);
}

std::uint32_t mark_of(FrameHead::Kind kind) {
	return kind == FrameHead::Kind::job ? job_mark : answer_mark;
}

} // namespace

std::array<char, FrameHead::size> frame_bytes(const FrameHead& head) {
	std::array<char, FrameHead::size> bytes{};
	put<4>(bytes.data(), mark_of(head.kind));
	put<4>(bytes.data() + 4, head.word);
	put<8>(bytes.data() + 8, head.number);
	return bytes;
}

std::optional<FrameHead> read_frame(std::string_view bytes, FrameHead::Kind kind) {
	if (bytes.size() < FrameHead::size || read_number(bytes.substr(0, 4)) != mark_of(kind)) return std::nullopt;
	const auto word = static_cast<std::uint32_t>(read_number(bytes.substr(4, 4)));
	if (word > (kind == FrameHead::Kind::job ? most_texts : largest_answer)) return std::nullopt;
	return FrameHead{kind, word, read_number(bytes.substr(8, 8))};
}

std::string job_head(std::uint64_t number, std::span<const std::string_view> texts) {
	const auto head = frame_bytes({FrameHead::Kind::job, static_cast<std::uint32_t>(texts.size()), number});
	std::string bytes(head.begin(), head.end());
	for (const std::string_view text : texts) {
		std::array<char, text_size_bytes> size{};
		put<text_size_bytes>(size.data(), text.size());
		bytes.append(size.begin(), size.end());
	}
	return bytes;
}

std::uint32_t read_text_size(std::string_view bytes) {
	return static_cast<std::uint32_t>(read_number(bytes.substr(0, text_size_bytes)));
}

} // namespace gate25
