// SPDX-License-Identifier: GPL-2.0-or-later
//
// Answers of a reader that was taken over: what the agent takes is within bounds, and can be spelt and read again.
#include "fuzz.h"

#include "wire/reading.h"

using namespace gate25;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	const auto text = fuzz::text_of(data, size);
	(void)read_frame(text, FrameHead::Kind::answer);
	(void)read_frame(text, FrameHead::Kind::job);
	for (const Answerer from : {Answerer::reader, Answerer::verifier, Answerer::fetcher}) {
		const auto answer = parse_answer(text, from);
		if (!answer) continue;
		fuzz::require(from != Answerer::fetcher || answer->kind != Answer::Kind::reading, "who fetches keys reads no reports");
		fuzz::require(!answer->key || answer->key->size() <= largest_key, "a key is bounded");
		for (const ReadReport& read : answer->reading.reports) {
			fuzz::check_utf8(read.report.why);
			fuzz::check_utf8(read.signature.why);
			fuzz::require(from == Answerer::verifier || read.signature.state == SignatureState::none, "who reads vouches for nobody");
			fuzz::require((read.signature.state == SignatureState::good) == !read.signature.addresses.empty(), "good names addresses");
		}
		if (answer->kind != Answer::Kind::reading) continue;
		const auto again = parse_answer(spell_reading(answer->reading), from);
		fuzz::require(again && spell_reading(again->reading) == spell_reading(answer->reading), "it is read back");
	}
	return 0;
}
