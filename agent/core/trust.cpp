// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/trust.h"
#include "core/words.h"

#include <algorithm>

namespace gate25 {

namespace {

constexpr std::array<std::string_view, 5> proof_words{"none", "user", "desk", "openpgp", "forged"};

template <class Matches> const Reporter* find_reporter(const Config& config, const Matches& matches) {
	const auto found = std::find_if(config.reporters.begin(), config.reporters.end(), matches);
	return found == config.reporters.end() ? nullptr : &*found;
}

bool has(const std::vector<std::string>& texts, const std::string& text) {
	return std::find(texts.begin(), texts.end(), text) != texts.end();
}

const Reporter* named(const Config& config, const std::string& name) {
	return find_reporter(config, [&](const Reporter& one) { return one.name == name; });
}

Attribution proven(std::string name, Points weight, Proof proof, std::string why) {
	return {std::move(name), weight, proof, std::move(why)};
}

std::string name_or(const Alert& alert, const Voucher& voucher) {
	return alert.reporter.empty() ? voucher.user : alert.reporter;
}

Attribution unproven(const Alert& alert, const Voucher& voucher) {
	std::string why = "nothing proves who it is";
	if (!voucher.signers.empty())
		why = "signed by " + voucher.signers.front() + ", who is no reporter in the configuration";
	else if (voucher.is_mail)
		why = "a mail without a proven signature, and user " + voucher.user + " delivers for no reporter";
	else if (!voucher.user.empty())
		why = "user " + voucher.user + " is no reporter and not named in alert_users";
	return {name_or(alert, voucher), 0, Proof::none, std::move(why)};
}

// Only what gate25's own format says of itself is a claim; the text of a report may name anybody.
bool is_forged(const Alert& alert, const Reporter* claimed, const Reporter* own) {
	return alert.format == ReportFormat::json && claimed != nullptr && claimed != own;
}

Attribution forged(const Alert& alert, const std::string& who) {
	return {alert.reporter, 0, Proof::forged, who + " may not speak for reporter " + alert.reporter};
}

const Reporter* claimed_by(const Config& config, const Alert& alert) {
	return alert.reporter.empty() ? nullptr : named(config, alert.reporter);
}

Attribution by_signature(const Config& config, const Alert& alert, const Voucher& voucher) {
	const Reporter* own = nullptr;
	std::string signer = voucher.signers.front();
	for (const std::string& one : voucher.signers) {
		own = find_reporter(config, [&](const Reporter& each) { return has(each.addresses, one); });
		if (own == nullptr) continue;
		signer = one;
		break;
	}
	if (!voucher.is_desk && is_forged(alert, claimed_by(config, alert), own)) return forged(alert, signer);
	if (own != nullptr) return proven(own->name, own->weight, Proof::openpgp, "signed by " + signer);
	return unproven(alert, voucher);
}

Attribution by_user(const Config& config, const Alert& alert, const Voucher& voucher) {
	const Reporter* claimed = claimed_by(config, alert);
	const Reporter* own = find_reporter(config, [&](const Reporter& one) { return has(one.users, voucher.user); });
	if (voucher.is_desk) {
		const Reporter* reporter = claimed != nullptr ? claimed : own;
		const std::string why = "the desk, user " + voucher.user;
		if (reporter != nullptr) return proven(reporter->name, reporter->weight, Proof::desk, why);
		return proven(name_or(alert, voucher), one_point, Proof::desk, why);
	}
	if (is_forged(alert, claimed, own)) return forged(alert, "user " + voucher.user);
	if (own != nullptr) return proven(own->name, own->weight, Proof::user, "user " + voucher.user);
	if (voucher.is_named && !voucher.is_mail)
		return proven(voucher.user, one_point, Proof::user, "user " + voucher.user + ", named in alert_users");
	return unproven(alert, voucher);
}

} // namespace

std::string_view proof_text(Proof proof) {
	return proof_words[static_cast<std::size_t>(proof)];
}

Result<Proof> parse_proof(std::string_view text) {
	return parse_word<Proof>("a proof", proof_words, text);
}

Attribution attribute(const Config& config, const Alert& alert, const Voucher& voucher) {
	// A signature that proves no reporter takes nothing from who delivers it.
	if (!voucher.signers.empty())
		if (Attribution signer = by_signature(config, alert, voucher); signer.proof != Proof::none) return signer;
	return by_user(config, alert, voucher);
}

} // namespace gate25
