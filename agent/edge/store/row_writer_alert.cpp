// SPDX-License-Identifier: GPL-2.0-or-later
//
// What was reported, into rows. There are more alerts than anything else, so what is usual or empty is NULL.
#include "core/subscriber_key.h"
#include "edge/store/row_writer.h"
#include "edge/store/schema.h"
#include "edge/store/stored_time.h"

#include <optional>
#include <string>

namespace gate25 {

namespace {

using Text = std::optional<std::string_view>;
using Number = std::optional<std::int64_t>;

Text unless_empty(const std::string& text) {
	return text.empty() ? std::nullopt : Text(text);
}

Number unless(std::int64_t usual, std::int64_t value) {
	return value == usual ? std::nullopt : Number(value);
}

unsigned flags_of(const Voucher& voucher) {
	return (voucher.is_desk ? row_flag::desk : 0) | (voucher.is_named ? row_flag::named : 0) |
	       (voucher.is_mail ? row_flag::mail : 0);
}

unsigned flags_of(const AlertRow& row) {
	return flags_of(row.voucher) | (row.alert.is_weak ? row_flag::weak : 0) |
	       (row.is_tallied ? row_flag::tallied : 0) | (row.is_incident ? row_flag::incident : 0);
}

// No mail address has a line break; one that has would come back as two.
std::string lines_from(const std::vector<std::string>& texts) {
	std::string lines;
	for (const std::string& text : texts) {
		if (text.empty() || text.find('\n') != std::string::npos) continue;
		lines += (lines.empty() ? "" : "\n") + text;
	}
	return lines;
}

// Of a prefix the length alone is kept. Somebody whose prefix does not contain the address stands for the address alone.
unsigned length_of(const AlertRow& row) {
	const Address& address = row.alert.address;
	if (is_subscriber_key(row.subscriber)) return usual_length(address.family());
	return row.subscriber.contains(address) ? row.subscriber.length() : address_bits(address.family());
}

Number key_of(const AlertRow& row) {
	if (!is_subscriber_key(row.subscriber)) return std::nullopt;
	return static_cast<std::int64_t>(subscriber_bits(row.subscriber));
}

bool is_usual(const Attribution& reporter, const Voucher& voucher) {
	const std::string_view before = usual_why(reporter.proof == Proof::desk);
	return reporter.why.size() == before.size() + voucher.user.size() && reporter.why.starts_with(before) &&
	       reporter.why.ends_with(voucher.user);
}

} // namespace

Result<bool> RowWriter::write_row(const AlertRow& row) {
	const Alert& alert = row.alert;
	const Attribution& reporter = row.reporter;
	const std::string signers = lines_from(row.voucher.signers);
	const Text proof = reporter.proof == Proof::user ? std::nullopt : Text(proof_text(reporter.proof));
	const Text proof_why = is_usual(reporter, row.voucher) ? std::nullopt : Text(reporter.why);
	const Text attributed = reporter.name == alert.reporter ? std::nullopt : Text(reporter.name);
	const Text format = alert.format == ReportFormat::json ? std::nullopt : Text(format_text(alert.format));
	const std::optional<std::int64_t> port = alert.port;
	return alert_.write(row.id, family_number(alert.address.family()), alert.address.bytes(),
	                    unix_seconds(row.received), unix_seconds(alert.at), port, alert.count, row.decision,
	                    kind_text(alert.kind), alert.reporter, row.voucher.user, outcome_text(row.outcome), row.why,
	                    flags_of(row), row.step, unless(usual_length(alert.address.family()), length_of(row)),
	                    unless(one_point, reporter.weight), proof, proof_why, attributed, unless_empty(signers), format,
	                    unless_empty(alert.id), unless(0, static_cast<std::int64_t>(row.key)),
	                    unless(0, static_cast<std::int64_t>(row.repeats)), unless_empty(alert.evidence),
	                    key_of(row));
}

// An alert that was forgotten meanwhile came again: there is nothing left to say it of.
Result<bool> RowWriter::write_row(const Repeat& repeat) {
	auto ran = repeat_.bind(repeat.id).run();
	if (!ran) return fail(ran.error());
	return false;
}

Result<bool> RowWriter::write_row(const HeldReport& report) {
	const std::string signers = lines_from(report.voucher.signers);
	std::optional<int> family;
	std::optional<std::span<const std::uint8_t>> address;
	if (report.address) {
		family = family_number(report.address->family());
		address = report.address->bytes();
	}
	auto is_new = held_.write(report.id, unix_seconds(report.received), unix_seconds(report.ended), family, address,
	                          report.step, flags_of(report.voucher), held_text(report.state),
	                          format_text(report.format), report.why, report.voucher.user, unless_empty(signers),
	                          report.key, report.ended_by, report.ended_reason);
	if (!is_new || !*is_new) return is_new;
	auto ran = held_bytes_.bind(report.id, sql::blob_of(report.signature), sql::blob_of(report.bytes)).run();
	if (!ran) return fail(ran.error());
	return true;
}

Result<bool> RowWriter::write_row(const StoredKey& key) {
	auto ran = key_.bind(key.key, unix_seconds(key.fetched), sql::blob_of(key.bytes)).run();
	if (!ran) return fail(ran.error());
	return true;
}

} // namespace gate25
