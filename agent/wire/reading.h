// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the agent and gate25-reader say to each other over a socket pair: frames of a fixed head and a body. A job
// is the bytes of a stranger, handed on as they came. An answer is lines of strict JSON, one for each report, of
// which the agent holds one at a time; it must have exactly this shape and these bounds, whoever has taken the
// reader over.
#pragma once

#include "core/reading.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gate25 {

inline constexpr std::size_t largest_job = std::size_t{32} << 20U; // all texts together
inline constexpr std::size_t most_texts = 32;
inline constexpr std::size_t largest_answer = std::size_t{16} << 20U;
inline constexpr std::size_t longest_answer_line = std::size_t{16} << 10U;
inline constexpr std::size_t most_reports = 10'000; // in one job
inline constexpr std::size_t most_signers = 20;     // addresses that one signature proves
inline constexpr std::size_t longest_signer = 200;
inline constexpr std::size_t largest_key = std::size_t{1} << 20U;

// Before each job and each answer. `word`: how many texts a job has, how many bytes an answer.
struct FrameHead {
	static constexpr std::size_t size = 16;
	enum class Kind : std::uint8_t { job, answer };
	Kind kind = Kind::job;
	std::uint32_t word = 0;
	std::uint64_t number = 0; // of the job; an answer has that of its job
};
std::array<char, FrameHead::size> frame_bytes(const FrameHead& head);
// nullopt: these bytes are no head of this kind, or `word` is above its bound. `bytes` has FrameHead::size.
std::optional<FrameHead> read_frame(std::string_view bytes, FrameHead::Kind kind);

// All of a job but its texts: the head, then the size of each text.
std::string job_head(std::uint64_t number, std::span<const std::string_view> texts);
inline constexpr std::size_t text_size_bytes = 4;
std::uint32_t read_text_size(std::string_view bytes);

// --- what the reader writes --------------------------------------------------------------------------

std::string spell_reading(const Reading& reading);
std::string spell_signed();                        // the mail is signed: let a fresh process verify it
std::string spell_ready();                         // the sandbox is closed: jobs may come
std::string spell_failed(std::string_view why);    // for a person; nothing was wrong with the reader
std::string spell_key(const std::string* key);     // nullptr: the server has none

// --- what the agent makes of it ----------------------------------------------------------------------

struct Answer {
	enum class Kind : std::uint8_t { reading, is_signed, ready, failed, key };
	Kind kind = Kind::failed;
	Reading reading;
	std::string why;                // failed
	std::optional<std::string> key; // nullopt: the server has none
};

// Who answers: only a process that has read nothing else may say what a signature proves.
enum class Answerer : std::uint8_t { reader, verifier, fetcher };

// An error: this is no answer that a sound reader gives.
[[nodiscard]] Result<Answer> parse_answer(std::string_view body, Answerer from);

} // namespace gate25
