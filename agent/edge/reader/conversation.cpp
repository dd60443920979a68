// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/reader/conversation.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace gate25 {
namespace {

constexpr std::size_t most_gathered = std::size_t{64} << 10U;
constexpr std::chrono::milliseconds longest_gathering{5};

} // namespace

bool Conversation::has_input() const {
	pollfd input{fd_, POLLIN, 0};
	return ::poll(&input, 1, 0) > 0;
}

bool Conversation::fill(std::size_t wanted) {
	while (end_ - begin_ < wanted) {
		if (in_.size() - begin_ < wanted) {
			std::move(in_.begin() + static_cast<std::ptrdiff_t>(begin_), in_.begin() + static_cast<std::ptrdiff_t>(end_),
			          in_.begin());
			end_ -= std::exchange(begin_, 0);
		}
		if (!out_.empty() && !has_input()) flush();
		const auto size = ::read(fd_, in_.data() + end_, in_.size() - end_);
		if (size < 0 && errno == EINTR) continue;
		if (size <= 0) return false;
		end_ += static_cast<std::size_t>(size);
	}
	return true;
}

std::optional<Conversation::Job> Conversation::next_job() {
	if (begin_ == end_) begin_ = end_ = 0;
	if (!fill(FrameHead::size)) return std::nullopt;
	const auto head = read_frame({in_.data() + begin_, FrameHead::size}, FrameHead::Kind::job);
	if (!head || head->word == 0) return std::nullopt;
	begin_ += FrameHead::size;
	Job job{head->number, {}};
	if (!fill(head->word * text_size_bytes)) return std::nullopt;
	for (std::uint32_t i = 0; i < head->word; ++i, begin_ += text_size_bytes) {
		job.sizes.push_back(read_text_size({in_.data() + begin_, text_size_bytes}));
		if (job.sizes.back() > largest_job) return std::nullopt;
	}
	return job;
}

std::string_view Conversation::piece(std::size_t most) {
	if (begin_ == end_) begin_ = end_ = 0;
	if (!fill(1)) return {};
	const std::string_view bytes(in_.data() + begin_, std::min(most, end_ - begin_));
	begin_ += bytes.size();
	return bytes;
}

std::optional<std::string> Conversation::text(std::size_t size) {
	std::string whole;
	whole.reserve(size);
	while (whole.size() < size) {
		const auto bytes = piece(size - whole.size());
		if (bytes.empty()) return std::nullopt;
		whole += bytes;
	}
	return whole;
}

bool Conversation::skip(std::size_t size) {
	while (size > 0) {
		const auto bytes = piece(size);
		if (bytes.empty()) return false;
		size -= bytes.size();
	}
	return true;
}

void Conversation::answer(std::uint64_t number, std::string_view body) {
	const auto now = std::chrono::steady_clock::now();
	if (out_.empty()) gathering_since_ = now;
	const auto head =
	    frame_bytes({FrameHead::Kind::answer, static_cast<std::uint32_t>(body.size()), number});
	out_.append(head.begin(), head.end());
	out_ += body;
	if (out_.size() >= most_gathered || now - gathering_since_ >= longest_gathering) flush();
}

void Conversation::flush() {
	for (std::string_view rest = out_; !rest.empty();) {
		const auto size = ::write(fd_, rest.data(), rest.size());
		if (size < 0 && errno == EINTR) continue;
		if (size <= 0) std::_Exit(1); // nobody listens any more
		rest.remove_prefix(static_cast<std::size_t>(size));
	}
	out_.clear();
}

} // namespace gate25
