// SPDX-License-Identifier: GPL-2.0-or-later
//
// Records of an hour from a file that may be damaged: an error, or exactly what was packed.
#include "fuzz.h"

#include "wire/volume_blob.h"

using namespace gate25;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	const auto text = fuzz::text_of(data, size);
	const auto records = unpack_records(489'000, Activity::mail, text);
	if (!records) {
		fuzz::require(!records.error().text.empty(), "an error says something");
		return 0;
	}
	fuzz::require(!records->empty() && records->size() <= most_packed_records, "there are some, and not too many");
	for (std::size_t i = 1; i < records->size(); ++i)
		fuzz::require(is_before((*records)[i - 1].key, (*records)[i].key), "the keys rise");
	fuzz::require(pack_records(*records) == text, "the same records are the same bytes");
	return 0;
}
