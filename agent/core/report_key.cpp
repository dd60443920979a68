// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whether a report was there before: a number for it.
#include "core/judge.h"

namespace gate25 {

namespace {

// FNV-1a, the same on every machine and for ever: it stands in rows.
class Hash {
public:
	void add(std::string_view text) {
		for (const char c : text) add_byte(static_cast<std::uint8_t>(c));
		add_byte(0);
	}
	void add(std::uint64_t number) {
		for (int shift = 0; shift < 64; shift += 8) add_byte(static_cast<std::uint8_t>(number >> shift));
	}
	void add(const Address& address) {
		for (const std::uint8_t byte : address.bytes()) add_byte(byte);
	}
	std::uint64_t value() const { return value_; }

private:
	void add_byte(std::uint8_t byte) {
		value_ ^= byte;
		value_ *= 1099511628211U;
	}
	std::uint64_t value_ = 14695981039346656037U;
};

} // namespace

std::uint64_t text_hash(std::string_view text) {
	Hash hash;
	hash.add(text);
	return hash.value();
}

// The lowest bit keeps the proven apart: what a stranger sends first never hides what a reporter says later.
std::uint64_t report_key(const Alert& alert, const Attribution& reporter) {
	if (alert.id.empty() && !alert.at) return 0;
	Hash hash;
	hash.add(reporter.name);
	// Who gives all his reports the same id still says something new of another address.
	hash.add(alert.address);
	hash.add(kind_text(alert.kind));
	if (!alert.id.empty()) {
		hash.add(alert.id);
	} else {
		hash.add(static_cast<std::uint64_t>(alert.at->time_since_epoch().count()));
		hash.add(alert.port.value_or(0));
	}
	const std::uint64_t is_proven = reporter.proof == Proof::none ? 0 : 1;
	return ((hash.value() | 2U) & ~std::uint64_t{1}) | is_proven;
}

} // namespace gate25
