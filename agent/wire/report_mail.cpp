// SPDX-License-Identifier: GPL-2.0-or-later
//
// A mail that carries a report: ARF, or XARF as an attachment or as the body.
#include "core/text.h"
#include "wire/arf.h"
#include "wire/mime.h"
#include "wire/mime_fields.h"
#include "wire/mime_parts.h"
#include "wire/report.h"
#include "wire/report_build.h"
#include "wire/report_read.h"
#include "wire/xarf.h"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace gate25 {
namespace reports {
namespace {

using mime::Part;

bool is_header_line(std::string_view text) {
	const auto line = mime::cut_line(text);
	const auto colon = line.find(':');
	return colon != line.npos && colon > 0 &&
	       std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon),
	                   [](char c) { return c >= ' ' && c < 0x7f; }) &&
	       trimmed(line.substr(0, colon)).find(' ') == line.npos;
}

bool is_enclosed_mail(const Part& part) {
	// The last one is a misspelling that is really sent.
	return part.type == "message/rfc822" || part.type == "text/rfc822-headers" || part.type == "text/rfc822-header";
}

// By its type, its file name, or because the text begins so.
bool may_be_json(const Part& part, std::string_view text) {
	if (part.type == "application/json" || part.type == "text/json" || part.type.ends_with("+json")) return true;
	if (lower(part.name).ends_with(".json")) return true;
	return part.type == "text/plain" && trimmed(text.substr(0, 1000)).starts_with('{');
}

Report no_report(const mime::Mail& mail, std::string why) {
	Report report;
	report.reporter = ascii_line(mime::address_in(mail.from), longest_name);
	report.id = ascii_line(mail.message_id, longest_id);
	return ended(std::move(report), aside(std::move(why)));
}

std::string why_none(const mime::Mail& mail) {
	const bool encloses = std::any_of(mail.parts.begin(), mail.parts.end(), is_enclosed_mail);
	if (mail.report_type == "delivery-status") return "a bounce (delivery status), no abuse report";
	if (mail.report_type == "feedback-report")
		return "it calls itself a feedback report, but has no part of the type message/feedback-report";
	if (mail.has_old_xarf_mark) return "X-ARF in YAML, from before version 3, is not read";
	if (encloses)
		return "a mail with an enclosed one, but no machine-readable report (ARF or XARF); a report that was "
		       "forwarded as an attachment is not read, since anybody could have written it";
	return "a mail without a machine-readable report (ARF or XARF)";
}

Report read_arf_part(const mime::Mail& mail, const Part& machine) {
	ArfMail arf{{}, std::nullopt, mail.message_id, mail.from};
	std::string machine_bytes;
	std::string enclosed_bytes;
	const auto fields = mime::decoded(machine.body, machine.encoding, machine_bytes);
	Report report;
	report.format = ReportFormat::arf;
	if (!fields)
		return ended(std::move(report),
		             refused("the part message/feedback-report has an unknown transfer encoding: " +
		                     quoted(machine.encoding)));
	arf.fields = *fields;
	const auto enclosed = std::find_if(mail.parts.begin(), mail.parts.end(), is_enclosed_mail);
	if (enclosed != mail.parts.end()) {
		// Only its header is read, so no more is decoded.
		constexpr std::size_t longest_header = std::size_t{512} << 10U;
		const auto text =
		    mime::decoded(enclosed->body.substr(0, longest_header), enclosed->encoding, enclosed_bytes);
		if (text) arf.enclosed = at_first_field(*text);
	}
	return read_arf(arf);
}

struct Found {
	std::vector<Report> xarf;
	std::string broken; // why a part that called itself JSON was none
};

Found find_xarf(const mime::Mail& mail) {
	Found found;
	for (const Part& part : mail.parts) {
		std::string storage;
		const auto text = mime::decoded(part.body, part.encoding, storage);
		if (!text || !may_be_json(part, *text)) continue;
		const auto facts = JsonFacts::read(trimmed(without_mark(*text)));
		if (!facts)
			found.broken = facts.error().text;
		else if (is_xarf4(*facts))
			found.xarf.push_back(read_xarf4(*facts));
		else if (is_xarf3(*facts))
			found.xarf.push_back(read_xarf3(*facts));
	}
	return found;
}

Report choose(const mime::Mail& mail) {
	const auto is_machine = [](const Part& part) { return part.type == "message/feedback-report"; };
	const auto machines = std::count_if(mail.parts.begin(), mail.parts.end(), is_machine);
	Found found = find_xarf(mail);
	Report several;
	several.format = machines > 0         ? ReportFormat::arf
	                 : found.xarf.empty() ? ReportFormat::unknown
	                                      : found.xarf.front().format;
	if (machines > 0 && !found.xarf.empty())
		return ended(std::move(several), aside("one mail with an ARF and a XARF report: which one counts?"));
	if (machines + static_cast<std::ptrdiff_t>(found.xarf.size()) > 1)
		return ended(std::move(several), refused("more than one report in one mail; ARF and XARF allow one"));
	if (machines == 1) return read_arf_part(mail, *std::find_if(mail.parts.begin(), mail.parts.end(), is_machine));
	if (found.xarf.size() == 1) {
		// Version 3 has no id of its own in most shapes.
		if (found.xarf.front().id.empty()) found.xarf.front().id = ascii_line(mail.message_id, longest_id);
		return std::move(found.xarf.front());
	}
	if (!found.broken.empty())
		return no_report(mail, "a mail with a JSON part that cannot be read: " + found.broken);
	return no_report(mail, why_none(mail));
}

Report read_entity(std::string_view entity) {
	const auto read = mime::read_mail(entity);
	if (!read)
		return ended({}, refused("a mail that breaks the rules of MIME, or its limits here: " + read.error().text));
	return choose(*read);
}

} // namespace

std::string_view at_first_field(std::string_view mail) {
	mail = without_mark(mail);
	while (mail.starts_with('\n') || mail.starts_with('\r')) mime::cut_line(mail);
	while (mail.starts_with("From ") || mail.starts_with(">From ")) mime::cut_line(mail);
	return mail;
}

} // namespace reports

Report read_mail_report(std::string_view mail) {
	using namespace reports;
	if (mail.size() > largest_report) return too_long(ReportFormat::unknown);
	mail = at_first_field(mail);
	if (!is_header_line(mail))
		return ended({}, aside("neither a mail nor JSON: it begins with " + quoted(mail.substr(0, 40))));
	return read_entity(mail);
}

Report read_signed_report(std::string_view content) {
	if (content.size() > largest_report) return reports::too_long(ReportFormat::unknown);
	return reports::read_entity(content);
}

} // namespace gate25
