// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where one report ends and the next begins.
#include "wire/report_splitter.h"

#include "wire/mime_fields.h"
#include "wire/mime_parts.h"
#include "wire/report.h"
#include "wire/report_build.h"
#include "wire/report_read.h"

#include <algorithm>
#include <string>

namespace gate25 {
namespace {

constexpr std::size_t longest_from_line = 1024;

bool is_blank(std::string_view text) {
	return text.find_first_not_of(" \t\r\n") == text.npos;
}

// "From anna@example.net Tue Jan 19 16:54:53 2016"
bool is_from_line(std::string_view line) {
	if (!line.starts_with("From ") || line.size() > longest_from_line) return false;
	const auto colon = line.find(':', 5);
	const auto is_digit = [&](std::size_t at) { return at < line.size() && line[at] >= '0' && line[at] <= '9'; };
	return colon != line.npos && is_digit(colon - 1) && is_digit(colon + 1);
}

// Whether the brackets of a JSON text are all closed, fed piece by piece.
class Brackets {
public:
	void feed(std::string_view text);
	bool are_closed() const { return depth_ <= 0 && !in_string_; }
	bool in_string() const { return in_string_; }

private:
	std::int64_t depth_ = 0;
	bool in_string_ = false;
	bool is_escaped_ = false;
};

void Brackets::feed(std::string_view text) {
	for (const char c : text) {
		if (in_string_) {
			if (is_escaped_)
				is_escaped_ = false;
			else if (c == '\\')
				is_escaped_ = true;
			else if (c == '"')
				in_string_ = false;
			continue;
		}
		if (c == '"') in_string_ = true;
		if (c == '{' || c == '[') ++depth_;
		if (c == '}' || c == ']') --depth_;
	}
}

} // namespace

class ReportSplitter::Private {
public:
	explicit Private(Sink sink) : sink_(std::move(sink)) {}
	void feed(std::string_view bytes);
	void end();

private:
	enum class Form : std::uint8_t { unknown, json, mail, mbox };

	void take(std::string_view piece, bool ends_line);
	void recognise();
	void keep(std::string_view piece);
	void end_of_json_line();
	void end_of_mail_line();
	void end_of_header();
	void emit_json();
	void emit_mail();
	void begin_again(std::uint64_t line);

	Sink sink_;
	Form form_ = Form::unknown;
	std::string buffer_;         // of the report at hand
	std::size_t line_begin_ = 0; // of the line at hand, in the buffer
	std::uint64_t line_number_ = 1;
	std::uint64_t first_line_ = 1; // of the report at hand
	bool is_too_long_ = false;     // the report at hand: only its lines are looked at

	Brackets brackets_;
	bool is_ndjson_ = false; // every line is a report
	bool is_first_line_ = true;

	bool in_header_ = true;
	bool was_blank_ = false;
	std::string closing_;      // the delimiter that ends the mail's multipart; empty: none or seen
	std::uint64_t hidden_ = 0; // "From " lines before it
};

void ReportSplitter::Private::feed(std::string_view bytes) {
	while (!bytes.empty()) {
		if (form_ == Form::mail) return keep(bytes); // it ends with the input
		const auto newline = bytes.find('\n');
		const auto size = newline == bytes.npos ? bytes.size() : newline + 1;
		take(bytes.substr(0, size), newline != bytes.npos);
		bytes.remove_prefix(size);
	}
}

void ReportSplitter::Private::take(std::string_view piece, bool ends_line) {
	// A document whose second line begins a new object was a line of NDJSON that somebody has cut off.
	const bool begins_line = buffer_.size() == line_begin_;
	if (form_ == Form::json && begins_line && piece.starts_with('{') && !is_ndjson_ && !is_first_line_ &&
	    (is_too_long_ || line_number_ == first_line_ + 1)) {
		emit_json();
		is_ndjson_ = true;
	}
	keep(piece);
	if (form_ == Form::json && !is_too_long_) brackets_.feed(piece);
	if (!ends_line) return;
	++line_number_;
	if (form_ == Form::unknown) recognise();
	if (form_ == Form::json)
		end_of_json_line();
	else if (form_ != Form::unknown)
		end_of_mail_line();
}

// Grows by doubling, but never past the limit, so that a report of 10 MiB takes no 16.
void ReportSplitter::Private::keep(std::string_view piece) {
	const auto limit = is_too_long_ ? line_begin_ + longest_from_line : largest_report;
	const auto room = limit - std::min(limit, buffer_.size());
	if (piece.size() > room && !is_too_long_) {
		is_too_long_ = true;
		buffer_.erase(0, line_begin_);
		line_begin_ = 0;
		return keep(piece);
	}
	const auto kept = piece.substr(0, room);
	if (const auto need = buffer_.size() + kept.size(); need > buffer_.capacity())
		buffer_.reserve(std::min(std::max(need, buffer_.capacity() * 2), largest_report));
	buffer_.append(kept);
}

void ReportSplitter::Private::recognise() {
	const auto text = reports::without_mark(buffer_);
	if (is_blank(text) && !is_too_long_) return begin_again(line_number_);
	const auto first = text[std::min(text.find_first_not_of(" \t\r\n"), text.size() - 1)];
	form_ = first == '{' || first == '[' ? Form::json : text.starts_with("From ") ? Form::mbox : Form::mail;
	if (form_ == Form::json) brackets_.feed(text);
}

void ReportSplitter::Private::begin_again(std::uint64_t line) {
	buffer_.clear();
	line_begin_ = 0;
	first_line_ = line;
	is_too_long_ = false;
	brackets_ = {};
	is_first_line_ = true;
	in_header_ = true;
	was_blank_ = false;
	closing_.clear();
	hidden_ = 0;
}

void ReportSplitter::Private::end_of_json_line() {
	const bool is_over =
	    brackets_.are_closed() || brackets_.in_string() || is_ndjson_ || (is_too_long_ && is_first_line_);
	if (is_over && !(is_too_long_ && !is_first_line_ && !is_ndjson_)) {
		is_ndjson_ = is_ndjson_ || (is_first_line_ && !is_blank(buffer_));
		return emit_json();
	}
	is_first_line_ = false;
	if (is_too_long_) buffer_.clear();
	line_begin_ = buffer_.size();
}

void ReportSplitter::Private::emit_json() {
	ReportPiece piece;
	piece.line = first_line_;
	piece.is_json = true;
	piece.is_too_long = is_too_long_;
	piece.is_line = is_first_line_ && brackets_.are_closed() && buffer_.starts_with('{');
	if (!is_too_long_) piece.bytes = buffer_;
	if (is_too_long_ || !is_blank(buffer_)) sink_(piece);
	begin_again(line_number_);
}

void ReportSplitter::Private::end_of_mail_line() {
	const std::string_view line = std::string_view(buffer_).substr(line_begin_);
	if (form_ == Form::mbox && was_blank_ && is_from_line(line)) {
		if (closing_.empty()) {
			const std::string next(line);
			buffer_.resize(line_begin_);
			--line_number_;
			emit_mail();
			buffer_ = next;
			++line_number_;
		} else {
			++hidden_;
		}
	}
	was_blank_ = is_blank(std::string_view(buffer_).substr(line_begin_));
	if (in_header_ && was_blank_) end_of_header();
	const auto text = reports::trimmed(std::string_view(buffer_).substr(line_begin_));
	if (!closing_.empty() && text == closing_) closing_.clear();
	if (is_too_long_) buffer_.clear();
	line_begin_ = buffer_.size();
}

// In an mbox a mail ends with its multipart, not with the first "From ": the spam it encloses may hold such lines,
// and behind them a whole mail of the spammer's own making. The boundary is what he cannot know.
void ReportSplitter::Private::end_of_header() {
	in_header_ = false;
	if (form_ != Form::mbox || is_too_long_) return;
	std::string_view header = buffer_;
	mime::cut_line(header);
	const std::string boundary = mime::boundary_of(header);
	closing_ = boundary.empty() ? "" : "--" + boundary + "--";
}

void ReportSplitter::Private::emit_mail() {
	ReportPiece piece;
	piece.line = first_line_;
	piece.is_too_long = is_too_long_;
	piece.hidden = closing_.empty() ? 0 : hidden_;
	if (!is_too_long_) piece.bytes = buffer_;
	if (is_too_long_ || !is_blank(buffer_)) sink_(piece);
	begin_again(line_number_);
}

void ReportSplitter::Private::end() {
	if (form_ == Form::unknown && (is_too_long_ || !is_blank(reports::without_mark(buffer_)))) recognise();
	if (form_ == Form::json)
		emit_json();
	else if (form_ != Form::unknown)
		emit_mail();
	form_ = Form::unknown;
	is_ndjson_ = false;
	begin_again(1);
	line_number_ = 1;
}

ReportSplitter::ReportSplitter(Sink sink) : private_(std::make_unique<Private>(std::move(sink))) {}
ReportSplitter::~ReportSplitter() = default;
void ReportSplitter::feed(std::string_view bytes) {
	private_->feed(bytes);
}
void ReportSplitter::end() {
	private_->end();
}

std::string_view without_from_line(std::string_view mail) {
	while (mail.starts_with("From ")) mime::cut_line(mail);
	return mail;
}

} // namespace gate25
