// SPDX-License-Identifier: GPL-2.0-or-later
//
// The pieces of MIME one by one, each with all of the bytes: they come to far stranger ones so than by way of a
// mail.
#include "fuzz.h"

#include "wire/arf.h"
#include "wire/mime.h"
#include "wire/mime_fields.h"
#include "wire/mime_parts.h"

#include <algorithm>
#include <string>

using namespace gate25;

namespace {

bool is_inside(std::string_view part, std::string_view whole) {
	return part.empty() ||
	       (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void read_fields(std::string_view text) {
	mime::FieldReader reader(text);
	while (const auto field = reader.next()) {
		fuzz::require(is_inside(field->name, text) && is_inside(field->body, text), "a field stands in its header");
		const auto line = mime::unfolded(field->body, 1000);
		fuzz::require(!line || line->size() <= 1000, "an unfolded field is bounded");
		if (!line) continue;
		(void)mime::without_comments(*line);
		(void)mime::address_in(*line);
		(void)mime::file_name(*line);
		(void)reports::client_of(*line);
		(void)mime::parse_content_type(*line);
	}
	fuzz::require(is_inside(reader.rest(), text), "what follows stands behind it");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
	const auto text = fuzz::text_of(data, size);
	read_fields(text);
	(void)reports::read_received(text);
	for (const char *encoding : {"", "7bit", "base64", "quoted-printable", "x-uuencode"}) {
		std::string storage;
		const auto decoded = mime::decoded(text, encoding, storage);
		fuzz::require(!decoded || decoded->size() <= text.size(), "nothing grows by being decoded");
	}
	(void)mime::boundary_of(text);
	const auto mail = mime::read_mail(text);
	if (!mail) {
		fuzz::check_utf8(mail.error().text);
		return 0;
	}
	fuzz::require(mail->parts.size() <= mime::most_parts, "parts are bounded");
	for (const mime::Part &part : mail->parts)
		fuzz::require(is_inside(part.body, text), "a part stands in its mail");
	return 0;
}
