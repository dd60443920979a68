// SPDX-License-Identifier: GPL-2.0-or-later
#include "courier/template.h"

#include "core/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <optional>

namespace gate25 {
namespace {

using Part = Template::Part;

// Far more than a text for people needs; each level is a call.
constexpr int deepest_section = 16;

bool is_in(const std::vector<std::string>& names, std::string_view name) {
	return std::find(names.begin(), names.end(), name) != names.end();
}

class TemplateReader {
public:
	// `parts` is nullptr within a part.
	TemplateReader(const std::string& file, std::string_view text, const TemplateNames& names, const TemplateParts* parts,
	               std::vector<std::string>& errors)
		: file_(file), text_(text), names_(names), shared_(parts), errors_(errors) {}

	// `list`: the one that is open where the text stands.
	std::vector<Part> read(const std::string& list = {}) {
		std::vector<Part> parts = read_parts(nullptr, list);
		while (at_ < text_.size()) { // an end of what nobody began, complained of already
			std::vector<Part> more = read_parts(nullptr, list);
			parts.insert(parts.end(), more.begin(), more.end());
		}
		return parts;
	}

private:
	struct Tag {
		char kind = ' '; // '#', '^', '/', '>' or ' '
		std::string name;
		std::size_t begin = 0, end = 0;
	};

	void complain(std::size_t where, const std::string& message) {
		const std::string_view before = text_.substr(0, where);
		const auto line = 1 + std::count(before.begin(), before.end(), '\n');
		const std::size_t begin = before.rfind('\n');
		errors_.push_back(fmt::format("{}:{}:{}: {}", file_, line, where - (begin == before.npos ? 0 : begin + 1) + 1, message));
	}

	std::optional<Tag> next_tag() {
		const std::size_t begin = text_.find("{{", at_);
		if (begin == text_.npos) return std::nullopt;
		const std::size_t end = text_.find("}}", begin);
		if (end == text_.npos) {
			complain(begin, "expected }} after {{");
			return std::nullopt;
		}
		Tag tag{' ', std::string(text_.substr(begin + 2, end - begin - 2)), begin, end + 2};
		if (!tag.name.empty() && std::string_view("#^/>").find(tag.name.front()) != std::string_view::npos) {
			tag.kind = tag.name.front();
			tag.name.erase(0, 1);
		}
		return tag;
	}

	// Alone on its line: the line goes too.
	void widen(Tag& tag) const {
		if (tag.kind == ' ') return;
		std::size_t begin = tag.begin, end = tag.end;
		while (begin > 0 && (text_[begin - 1] == ' ' || text_[begin - 1] == '\t')) --begin;
		while (end < text_.size() && (text_[end] == ' ' || text_[end] == '\t' || text_[end] == '\r')) ++end;
		const bool begins_line = begin == 0 || text_[begin - 1] == '\n';
		const bool ends_line = end == text_.size() || text_[end] == '\n';
		if (!begins_line || !ends_line || begin < at_) return;
		tag.begin = begin;
		tag.end = std::min(text_.size(), end + 1);
	}

	// What may stand where the list `list` is open.
	void check_name(const Tag& tag, const std::string& list) {
		const bool is_item = !list.empty() && is_in(names_.lists.at(list), tag.name);
		const bool is_list = names_.lists.contains(tag.name);
		if (is_item || is_in(names_.texts, tag.name) || (is_list && tag.kind != ' ' && list.empty())) return;
		if (is_list)
			return complain(tag.begin, fmt::format("{} is a list: {{{{#{}}}}} begins it", quoted(tag.name), tag.name));
		std::vector<std::string_view> known(names_.texts.begin(), names_.texts.end());
		for (const auto& [name, items] : names_.lists) known.push_back(name);
		if (!list.empty()) known.insert(known.end(), names_.lists.at(list).begin(), names_.lists.at(list).end());
		const std::string_view meant = nearest(tag.name, known);
		complain(tag.begin, "nothing is called " + quoted(tag.name) +
		                        (meant.empty() ? "; see gate25-notices(7)" : "; did you mean " + quoted(meant) + "?"));
	}

	void add_shared(const Tag& tag, const std::string& list, std::vector<Part>& parts) {
		if (shared_ == nullptr) return complain(tag.begin, "a part has no parts itself");
		const auto found = shared_->find(tag.name);
		if (found == shared_->end())
			return complain(tag.begin, "there is no part " + quoted(tag.name) + ": it would be the file _" + tag.name + " beside this one");
		auto inside = TemplateReader(found->second.file, found->second.text, names_, nullptr, errors_).read(list);
		parts.insert(parts.end(), std::make_move_iterator(inside.begin()), std::make_move_iterator(inside.end()));
	}

	void add_text(std::vector<Part>& parts, std::size_t end) {
		if (end > at_) parts.push_back({Part::Kind::text, std::string(text_.substr(at_, end - at_)), {}});
		at_ = end;
	}

	std::vector<Part> read_parts(const Tag* open, const std::string& list) {
		std::vector<Part> parts;
		while (auto tag = next_tag()) {
			const Tag told = *tag;
			widen(*tag);
			add_text(parts, tag->begin);
			at_ = tag->end;
			if (tag->kind == '/') {
				if (open != nullptr && open->name == tag->name) return parts;
				complain(told.begin, fmt::format("{{{{/{}}}}} ends nothing that was begun{}", tag->name,
				                                 open == nullptr ? "" : "; {{/" + open->name + "}} is expected"));
				return parts;
			}
			if (tag->kind == '>') {
				add_shared(told, list, parts);
				continue;
			}
			check_name(told, list);
			if (tag->kind == ' ') {
				parts.push_back({Part::Kind::value, tag->name, {}});
				continue;
			}
			parts.push_back(read_section(told, list));
		}
		add_text(parts, text_.size());
		if (open != nullptr && !gave_up_) complain(open->begin, fmt::format("expected {{{{/{}}}}} to end this", open->name));
		return parts;
	}

	Part read_section(const Tag& tag, const std::string& list) {
		Part part{tag.kind == '#' ? Part::Kind::section : Part::Kind::inverted, tag.name, {}};
		if (depth_ == deepest_section) {
			if (!gave_up_) complain(tag.begin, fmt::format("sections may be nested {} deep, this is one more", deepest_section));
			gave_up_ = true;
			at_ = text_.size();
			return part;
		}
		const bool opens_list = tag.kind == '#' && names_.lists.contains(tag.name) && list.empty();
		++depth_;
		part.inside = read_parts(&tag, opens_list ? tag.name : list);
		--depth_;
		return part;
	}

	const std::string& file_;
	std::string_view text_;
	const TemplateNames& names_;
	const TemplateParts* shared_;
	std::vector<std::string>& errors_;
	std::size_t at_ = 0;
	int depth_ = 0;
	bool gave_up_ = false;
};

// The item of the list that is open, then the values of the whole.
struct Scope {
	const TemplateValues& whole;
	const TemplateValues* item = nullptr;

	std::string_view text(const std::string& name) const {
		for (const TemplateValues* values : {item, &whole})
			if (values != nullptr)
				if (const auto found = values->texts.find(name); found != values->texts.end()) return found->second;
		return {};
	}
	const std::vector<TemplateValues>* list(const std::string& name) const {
		const auto found = whole.lists.find(name);
		return found == whole.lists.end() ? nullptr : &found->second;
	}
	bool is_empty(const std::string& name) const {
		const auto* items = list(name);
		return items != nullptr ? items->empty() : text(name).empty();
	}
};

std::string without_controls(std::string_view text) {
	std::string out(text);
	for (char& c : out)
		if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
	return out;
}

void fill_parts(const std::vector<Part>& parts, const Scope& scope, Escape escape, std::string& out) {
	for (const Part& part : parts) {
		const bool is_empty = part.kind != Part::Kind::text && scope.is_empty(part.text);
		if (part.kind == Part::Kind::text) {
			out += part.text;
		} else if (part.kind == Part::Kind::value) {
			const std::string value = without_controls(scope.text(part.text));
			out += escape == Escape::html ? html_escaped(value) : value;
		} else if (part.kind == Part::Kind::inverted) {
			if (is_empty) fill_parts(part.inside, scope, escape, out);
		} else if (const auto* items = scope.list(part.text); items != nullptr && scope.item == nullptr) {
			for (const TemplateValues& item : *items) fill_parts(part.inside, {scope.whole, &item}, escape, out);
		} else if (!is_empty) {
			fill_parts(part.inside, scope, escape, out);
		}
	}
}

} // namespace

Result<Template> Template::parse(const std::string& file, std::string_view text, const TemplateNames& names,
                                 const TemplateParts& parts, std::vector<std::string>& errors) {
	const std::size_t before = errors.size();
	Template made;
	if (!is_utf8(text)) errors.push_back(file + ":1:1: expected UTF-8");
	made.parts_ = TemplateReader(file, text, names, &parts, errors).read();
	if (errors.size() != before) return fail(ErrorKind::bad_input, errors[before]);
	return made;
}

std::string Template::fill(const TemplateValues& values, Escape escape) const {
	std::string out;
	fill_parts(parts_, {values}, escape, out);
	return out;
}

std::string html_escaped(std::string_view text) {
	std::string out;
	for (const char c : text) {
		switch (c) {
		case '&': out += "&amp;"; break;
		case '<': out += "&lt;"; break;
		case '>': out += "&gt;"; break;
		case '"': out += "&quot;"; break;
		case '\'': out += "&#39;"; break;
		default: out += c;
		}
	}
	return out;
}

} // namespace gate25
