// SPDX-License-Identifier: GPL-2.0-or-later
#include "courier/template_set.h"

#include "core/text.h"
#include "courier/notice_text.h"
#include "edge/files.h"
#include "wire/notice_address.h"

#include <algorithm>
#include <filesystem>
#include <set>

namespace gate25 {
namespace {

constexpr std::string_view subject_mark = "Subject: ";

// The text below the subject and an empty line; in its place as many line ends, so that errors name the right line.
std::string below_subject(std::string_view text) {
	const std::size_t end = text.find('\n');
	return end == text.npos ? std::string() : std::string(text.substr(end));
}

std::string without_leading_lines(std::string text) {
	text.erase(0, text.find_first_not_of("\r\n"));
	return text;
}

std::vector<std::string> languages_for(const std::string& wanted, const std::string& usual) {
	std::vector<std::string> out;
	for (std::string language : {wanted, usual, std::string("en")})
		while (!language.empty()) {
			out.push_back(language);
			const std::size_t dash = language.rfind('-');
			language.erase(dash == language.npos ? 0 : dash);
		}
	return out;
}

// Whose name begins with "_".
bool is_part(const std::filesystem::path& path) { return path.filename().string().starts_with('_'); }

void read_part(const std::filesystem::path& path, TemplateParts& parts, std::vector<std::string>& errors) {
	auto text = read_file(path);
	if (!text) {
		errors.push_back(path.string() + ":1:1: " + text.error().text);
		return;
	}
	if (!is_utf8(*text)) errors.push_back(path.string() + ":1:1: expected UTF-8");
	parts.insert_or_assign(path.stem().string().substr(1), TemplatePart{path, *std::move(text)});
}

} // namespace

void TemplateSet::read_kind(const std::string& path, const std::string& language, NoticeKind kind, const Shared& shared,
                            std::vector<std::string>& errors) {
	const std::string file = path + ".txt";
	const auto text = read_file(file);
	if (!text) {
		errors.push_back(file + ":1:1: " + text.error().text);
		return;
	}
	if (!text->starts_with(subject_mark)) {
		errors.push_back(file + ":1:1: expected \"Subject: \" and the subject in the first line");
		return;
	}
	const std::string first = text->substr(0, text->find('\n'));
	auto subject = Template::parse(file, first, notice_names(), shared.plain, errors);
	auto plain = Template::parse(file, below_subject(*text), notice_names(), shared.plain, errors);
	if (!subject || !plain) return;
	One one{std::move(*subject), std::move(*plain), std::nullopt};
	std::error_code none;
	if (std::filesystem::exists(path + ".html", none)) {
		const auto html = read_file(path + ".html");
		if (!html) errors.push_back(path + ".html:1:1: " + html.error().text);
		if (auto parsed = html ? Template::parse(path + ".html", *html, notice_names(), shared.html, errors) : fail(html.error()); parsed)
			one.html = std::move(*parsed);
	}
	texts_.insert_or_assign({language, kind}, std::move(one));
}

// What is not called like a kind is a mistake that would show late: a notice in another language.
void TemplateSet::read_language(const std::string& directory, const std::string& language, std::vector<std::string>& errors) {
	std::error_code error;
	std::set<std::string> kinds;
	Shared shared;
	for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
		const std::string name = entry.path().filename(), end = entry.path().extension();
		if (name.starts_with('.') || name.ends_with('~') || (end != ".txt" && end != ".html")) continue;
		if (is_part(entry.path()))
			read_part(entry.path(), end == ".txt" ? shared.plain : shared.html, errors);
		else if (parse_notice_kind(entry.path().stem().string()))
			kinds.insert(entry.path().stem());
		else
			errors.push_back(entry.path().string() + ":1:1: no kind of notice is called " + gate25::quoted(entry.path().stem().string()));
	}
	for (const std::string& kind : kinds) read_kind(directory + '/' + kind, language, *parse_notice_kind(kind), shared, errors);
}

TemplateSet TemplateSet::read(const NoticeRules& rules, std::vector<std::string>& errors) {
	TemplateSet set;
	std::error_code error;
	std::set<std::string> languages;
	for (const auto& entry : std::filesystem::directory_iterator(rules.templates, error))
		if (entry.is_directory() && is_language(entry.path().filename().string())) languages.insert(entry.path().filename());
	if (error) errors.push_back(rules.templates + ":1:1: the directory of the texts cannot be read: " + error.message());
	for (const std::string& language : languages) set.read_language(rules.templates + '/' + language, language, errors);
	for (const NoticeKind kind : all_notice_kinds) {
		const auto last = languages_for("", rules.language);
		if (std::none_of(last.begin(), last.end(), [&](const std::string& one) { return set.find(one, kind) != nullptr; }))
			errors.push_back(rules.templates + ":1:1: no text " + std::string(notice_text(kind)) + ".txt in " + listed(std::vector<std::string_view>(last.begin(), last.end())));
	}
	// A part that is wrong is wrong in each text that has it.
	std::set<std::string> told;
	std::erase_if(errors, [&](const std::string& one) { return !told.insert(one).second; });
	return set;
}

const TemplateSet::One* TemplateSet::find(const std::string& language, NoticeKind kind) const {
	const auto found = texts_.find({language, kind});
	return found == texts_.end() ? nullptr : &found->second;
}

Result<NoticeText> TemplateSet::text(const boost::json::object& facts, const NoticeRules& rules) const {
	const TemplateValues values = notice_values(facts, rules);
	const auto kind = parse_notice_kind(values.texts.at("kind"));
	if (!kind) return fail(kind.error());
	const auto* wanted = facts.if_contains("language");
	for (const std::string& language :
	     languages_for(wanted != nullptr && wanted->is_string() ? std::string(wanted->get_string()) : "", rules.language)) {
		const One* one = find(language, *kind);
		if (one == nullptr) continue;
		NoticeText text;
		text.language = language;
		text.subject = one->subject.fill(values, Escape::none).substr(subject_mark.size());
		std::erase_if(text.subject, [](char c) { return c == '\r' || c == '\n'; });
		text.plain = without_leading_lines(one->plain.fill(values, Escape::none));
		if (one->html) text.html = one->html->fill(values, Escape::html);
		return text;
	}
	return fail(ErrorKind::not_found, "there is no text for notices of the kind " + gate25::quoted(values.texts.at("kind")));
}

} // namespace gate25
