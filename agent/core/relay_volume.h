// SPDX-License-Identifier: GPL-2.0-or-later
//
// Mail through the provider's relay: what a mail server asks about it, how it is counted, and what a limit says. A
// mail may be asked about at each recipient, at its content, or at both, as the mail server is configured, and counts
// once all the same: mails that are under way are remembered by what the mail server calls their instance.
#pragma once

#include "core/policy.h"
#include "core/volume_entry.h"

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace gate25 {

enum class MailStage : std::uint8_t {
	recipient, // this one more
	content,   // all recipients are known
	other      // nothing to count
};

struct MailRequest {
	MailStage stage = MailStage::other;
	std::optional<Address> client;
	std::string user;      // who authenticated himself; empty: nobody
	std::string instance;  // of the mail; empty: unknown, so that each request is a mail of its own
	std::string recipient; // at MailStage::recipient
	std::uint32_t recipients = 0; // at MailStage::content
};
inline constexpr std::uint32_t most_recipients = 1'000'000;

struct MailAnswer {
	enum class Kind : std::uint8_t { pass, defer, reject };
	Kind kind = Kind::pass;
	std::string text; // empty for pass; otherwise it begins with the status of RFC 3463
	friend bool operator==(const MailAnswer&, const MailAnswer&) = default;
};

struct MailSender {
	VolumeKey key;
	std::string user; // his name; empty for a subscriber
};

// A limit that this mail is above.
struct MailOver {
	const VolumeLimit& limit;
	const MailSender& sender;
	std::optional<Address> client; // from where it was sent; of a user perhaps no subscriber
	std::uint32_t value = 0;       // with this mail
};

// Where the sums are kept.
class MailSums {
public:
	virtual ~MailSums() = default;
	// The time may lie ahead: what is left then if nothing more comes.
	virtual std::uint32_t value(const VolumeKey& key, Quantity quantity, Window window, VolumeTime at) const = 0;
	virtual void add(const MailSender& sender, std::uint32_t messages, std::uint32_t recipients, VolumeTime now) = 0;
	// Once for a mail that is refused, or would be if the limit were enforced.
	virtual void add_refused(const MailSender& sender, VolumeTime now) = 0;
	// The limit wants an alert. Comes with each request that is above it: how often is told is not decided here.
	virtual void alert(const MailOver& over, VolumeTime now) = 0;
};

struct MailCounters {
	std::uint64_t messages = 0;   // that were let through
	std::uint64_t recipients = 0; // of these
	std::uint64_t deferred = 0;   // answers
	std::uint64_t rejected = 0;
	std::uint64_t would_refuse = 0; // mails above a limit that is not enforced
};

class RelayVolume {
public:
	static constexpr std::size_t most_instances = 32'768;
	explicit RelayVolume(std::size_t most_mails = most_instances) : most_mails_(most_mails) {}
	RelayVolume(const RelayVolume&) = delete;
	RelayVolume& operator=(const RelayVolume&) = delete;

	MailAnswer answer(const MailRequest& request, const Policy& policy, MailSums& sums, VolumeTime now);
	const MailCounters& counters() const { return counters_; }
	std::size_t size() const { return mails_.size(); } // mails that are remembered

private:
	struct Mail {
		std::string name;
		bool is_counted = false;
		bool is_refusal_counted = false;
		std::uint32_t recipients = 0; // that were counted
		std::size_t last_recipient = 0; // its hash
		MailAnswer refusal; // pass: none
	};
	struct More {
		std::uint32_t messages = 0, recipients = 0;
	};
	Mail& mail_of(const MailRequest& request);
	MailAnswer refuse(Mail& mail, MailAnswer refusal);
	void take(Mail& mail, const MailRequest& request, const More& more);
	static More more_of(const Mail& mail, const MailRequest& request);

	std::size_t most_mails_;
	std::list<Mail> mails_; // what was asked about last comes first
	std::unordered_map<std::string_view, std::list<Mail>::iterator> by_name_;
	MailCounters counters_;
};

// Whose sums such a request counts for: the subscriber's, the user's, both or none.
std::vector<MailSender> mail_senders(const MailRequest& request, const Policy& policy);

} // namespace gate25
