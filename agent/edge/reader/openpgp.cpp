// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/reader/openpgp.h"

#include "core/handle.h"
#include "core/text.h"
#include "wire/reading.h"
#include "wire/report_build.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <gpgme.h>
#include <memory>

namespace gate25 {
namespace {

using Context = std::unique_ptr<gpgme_context, Deleter<gpgme_release>>;
using Bytes = std::unique_ptr<gpgme_data, Deleter<gpgme_data_release>>;
using Key = std::unique_ptr<_gpgme_key, Deleter<gpgme_key_unref>>;

constexpr const char* gpg_program = "/usr/bin/gpg";

tl::unexpected<Error> failed(const std::string& what, gpgme_error_t error) {
	return fail(ErrorKind::unavailable, fmt::format("gpg cannot {}: {}", what, gpgme_strerror(error)));
}

Bytes bytes_of(std::string_view text) {
	gpgme_data_t data = nullptr;
	return Bytes(gpgme_data_new_from_mem(&data, text.data(), text.size(), 0) == 0 ? data : nullptr);
}

Result<Context> open_context(const std::string& home) {
	gpgme_set_global_flag("disable-gpgconf", "1"); // one process less
	gpgme_check_version(nullptr);
	gpgme_ctx_t raw = nullptr;
	if (const auto error = gpgme_new(&raw)) return failed("be asked", error);
	Context context(raw);
	if (const auto error = gpgme_ctx_set_engine_info(raw, GPGME_PROTOCOL_OpenPGP, gpg_program, home.c_str()))
		return failed("be started", error);
	gpgme_set_offline(raw, 1);
	return context;
}

std::string upper_hex(const char* text) {
	std::string key = text == nullptr ? "" : text;
	for (char& c : key)
		if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
	const bool is_key = key.find_first_not_of("0123456789ABCDEF") == key.npos &&
	                    (key.size() == 16 || key.size() == 32 || key.size() == 40 || key.size() == 64);
	return is_key ? key : "";
}

// What can be made to fit another text. Reports enclose what a spammer wrote, so he has a say in the text.
bool is_weak(gpgme_hash_algo_t algorithm) {
	switch (algorithm) {
	case GPGME_MD_SHA224:
	case GPGME_MD_SHA256:
	case GPGME_MD_SHA384:
	case GPGME_MD_SHA512: return false;
	default: return true;
	}
}

Signature told(SignatureState state, std::string key, std::string why) {
	return {state, std::move(key), {}, std::move(why)};
}

bool is_mail_address(std::string_view text) {
	return !text.empty() && text.size() <= longest_signer && text.find('@') != text.npos &&
	       std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::vector<std::string> valid_addresses(const _gpgme_key& key) {
	std::vector<std::string> addresses;
	for (auto id = key.uids; id != nullptr && addresses.size() < most_signers; id = id->next) {
		const bool is_valid = id->validity == GPGME_VALIDITY_FULL || id->validity == GPGME_VALIDITY_ULTIMATE;
		if (!is_valid || id->revoked || id->invalid || id->address == nullptr) continue;
		std::string address = reports::lower(id->address);
		const bool is_new = std::find(addresses.begin(), addresses.end(), address) == addresses.end();
		if (is_mail_address(address) && is_new) addresses.push_back(std::move(address));
	}
	return addresses;
}

// Of a signature that is right by itself.
Result<Signature> judged(gpgme_ctx_t context, const _gpgme_signature& signature) {
	gpgme_key_t raw = nullptr;
	const auto error = gpgme_get_key(context, signature.fpr, &raw, 0);
	const Key key(raw);
	if (error != 0 || key->subkeys == nullptr) return failed("show a key", error);
	const std::string fingerprint = upper_hex(key->subkeys->fpr);
	if (key->revoked) return told(SignatureState::bad, fingerprint, "the key is revoked");
	if (key->expired) return told(SignatureState::bad, fingerprint, "the key has expired");
	if (is_weak(signature.hash_algo)) {
		const char* name = gpgme_hash_algo_name(signature.hash_algo);
		return told(SignatureState::untrusted, fingerprint,
		            fmt::format("it is made with {}, which others can forge", name == nullptr ? "an unknown hash" : name));
	}
	Signature good = told(SignatureState::good, fingerprint, "");
	good.addresses = valid_addresses(*key);
	if (good.addresses.empty() || key->disabled)
		return told(SignatureState::untrusted, fingerprint,
		            "the keyring does not vouch fully for any mail address of the key");
	good.why = "signed with a key that the keyring vouches for";
	return good;
}

Result<Signature> told_of(gpgme_ctx_t context, const _gpgme_signature& signature) {
	const std::string key = upper_hex(signature.fpr);
	switch (gpgme_err_code(signature.status)) {
	case GPG_ERR_NO_ERROR: return judged(context, signature);
	case GPG_ERR_NO_PUBKEY:
		if (key.empty()) break;
		return told(SignatureState::unknown_key, key, "the key is not in the keyring");
	case GPG_ERR_BAD_SIGNATURE:
		return told(SignatureState::bad, key, "the text was altered, or the signature is another text's");
	case GPG_ERR_SIG_EXPIRED: return told(SignatureState::bad, key, "the signature has expired");
	case GPG_ERR_KEY_EXPIRED: return told(SignatureState::bad, key, "the key has expired");
	case GPG_ERR_CERT_REVOKED: return told(SignatureState::bad, key, "the key is revoked");
	default: break;
	}
	return told(SignatureState::bad, key,
	            "the signature cannot be verified: " + printable(gpgme_strerror(signature.status)));
}

// Of several signatures: a bad one spoils the others, a good one makes up for what is not known. The time is that of the
// one that counts: anybody can put another one, made today, in front of it.
Result<Verified> strongest(gpgme_ctx_t context, gpgme_signature_t first) {
	constexpr std::array<SignatureState, 4> order{SignatureState::bad, SignatureState::good, SignatureState::unknown_key,
	                                              SignatureState::untrusted};
	constexpr int most = 4; // each costs a process
	std::vector<Verified> all;
	for (auto one = first; one != nullptr; one = one->next) {
		if (all.size() == most) return Verified{told(SignatureState::bad, "", "there are more than 4 signatures"), {}};
		auto signature = told_of(context, *one);
		if (!signature) return fail(signature.error());
		const auto made = one->timestamp == 0 ? std::nullopt : std::optional(UnixTime(Seconds(one->timestamp)));
		all.push_back({std::move(*signature), made});
	}
	for (const SignatureState state : order)
		for (Verified& one : all)
			if (one.signature.state == state) return std::move(one);
	return Verified{told(SignatureState::bad, "", "there is no signature where one should be"), {}};
}

Result<void> import(gpgme_ctx_t context, const std::vector<std::string>& keys) {
	for (const std::string& key : keys) {
		const Bytes bytes = bytes_of(key);
		if (!bytes) return fail(ErrorKind::unavailable, "no memory for a key");
		// What is no key is none, and the signature's is then not known.
		(void)gpgme_op_import(context, bytes.get());
	}
	return {};
}

} // namespace

Result<Verified> verify_signature(const std::string& home, std::string_view text, std::string_view signature,
                                  const std::vector<std::string>& keys) {
	const auto context = open_context(home);
	if (!context) return fail(context.error());
	if (auto done = import(context->get(), keys); !done) return fail(done.error());
	const Bytes signed_text = bytes_of(text), signature_bytes = bytes_of(signature);
	if (!signed_text || !signature_bytes) return fail(ErrorKind::unavailable, "no memory for what is signed");
	const auto error = gpgme_op_verify(context->get(), signature_bytes.get(), signed_text.get(), nullptr);
	switch (gpgme_err_code(error)) {
	case GPG_ERR_NO_ERROR: break;
	case GPG_ERR_NO_DATA:
	case GPG_ERR_BAD_DATA:
		return Verified{told(SignatureState::bad, "", "there is no signature where one should be"), {}};
	default: return failed("verify", error);
	}
	const auto result = gpgme_op_verify_result(context->get());
	// Looking at a key would end it.
	gpgme_result_ref(result);
	auto found = strongest(context->get(), result->signatures);
	gpgme_result_unref(result);
	return found;
}

} // namespace gate25
