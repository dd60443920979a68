// SPDX-License-Identifier: GPL-2.0-or-later
//
// A text with places to fill in, small and strict, so that a provider's own texts cannot break a notice unseen:
//   {{name}}               a value
//   {{#name}}...{{/name}}  when it is not empty; of a list, once for each item
//   {{^name}}...{{/name}}  when it is empty
//   {{>name}}              a part that several texts share; it has no parts itself
// A tag of a section or a part that is alone on its line takes the line with it. There is nothing else, no code and no file access;
// a name that nobody knows is an error when the text is read, and not when the first subscriber needs it.
#pragma once

#include "core/result.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

// What a text is filled with. Lists hold items, which have names of their own.
struct TemplateValues {
	std::map<std::string, std::string, std::less<>> texts;
	std::map<std::string, std::vector<TemplateValues>, std::less<>> lists;
};

// Which names there are: "code", and of lists "samples.at".
struct TemplateNames {
	std::vector<std::string> texts;
	std::map<std::string, std::vector<std::string>, std::less<>> lists;
};

// What texts share, by name.
struct TemplatePart {
	std::string file; // for errors
	std::string text;
};
using TemplateParts = std::map<std::string, TemplatePart, std::less<>>;

enum class Escape { none, html };

class Template {
public:
	// All errors, each as "FILE:LINE:COLUMN: message". The names are only looked at here.
	[[nodiscard]] static Result<Template> parse(const std::string& file, std::string_view text, const TemplateNames& names,
	                                            const TemplateParts& parts, std::vector<std::string>& errors);
	// Values without control characters: one of them can neither end a line nor a header field.
	std::string fill(const TemplateValues& values, Escape escape) const;

	struct Part {
		enum class Kind { text, value, section, inverted };
		Kind kind = Kind::text;
		std::string text; // or a name
		std::vector<Part> inside;
	};

private:
	std::vector<Part> parts_;
};

std::string html_escaped(std::string_view text);

} // namespace gate25
