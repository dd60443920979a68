// SPDX-License-Identifier: GPL-2.0-or-later
//
// The texts of a directory: LANGUAGE/KIND.txt, whose first line is "Subject: ...", and, beside it, LANGUAGE/KIND.html; what
// several of them share is in LANGUAGE/_PART.txt and LANGUAGE/_PART.html, each for the texts of its own form. A language
// that has no text of a kind is answered with a shorter one (pt-br, pt), then with [notices] language, then with English.
#pragma once

#include "core/config_subscribers.h"
#include "core/subscriber.h"
#include "courier/template.h"

#include <boost/json/object.hpp>
#include <map>
#include <optional>

namespace gate25 {

struct NoticeText {
	std::string language;
	std::string subject; // one line, UTF-8
	std::string plain;
	std::string html; // may be empty
};

class TemplateSet {
public:
	// Reads all of it. What is wrong goes to `errors`, "FILE:LINE:COLUMN: message"; what is right is kept.
	static TemplateSet read(const NoticeRules& rules, std::vector<std::string>& errors);
	// not_found: no language has a text of this kind.
	[[nodiscard]] Result<NoticeText> text(const boost::json::object& facts, const NoticeRules& rules) const;

private:
	struct One {
		Template subject, plain;
		std::optional<Template> html;
	};
	void read_language(const std::string& directory, const std::string& language, std::vector<std::string>& errors);
	struct Shared {
		TemplateParts plain, html;
	};
	void read_kind(const std::string& path, const std::string& language, NoticeKind kind, const Shared& shared,
	               std::vector<std::string>& errors);
	const One* find(const std::string& language, NoticeKind kind) const;
	std::map<std::pair<std::string, NoticeKind>, One> texts_;
};

} // namespace gate25
