// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/notices.h"

#include "wire/config_kinds.h"
#include "wire/notice_address.h"

#include <algorithm>

namespace gate25 {
namespace {

constexpr std::size_t most_prefixes = 16; // of one who holds more a mail would only be longer

bool wants(const Hook& hook, NoticeKind kind) {
	return hook.events.empty() || std::find(hook.events.begin(), hook.events.end(), notice_text(kind)) != hook.events.end();
}

// Empty: none is known, or what is known is none.
std::string mail_of(const NoticeRules& rules, const Subscriber* subscriber) {
	if (rules.relay.empty() || subscriber == nullptr) return {};
	if (!subscriber->mail.empty()) return config_file::is_mail_address(subscriber->mail) ? subscriber->mail : std::string();
	return mail_to_of(rules.mail_to, subscriber->id).value_or("");
}

} // namespace

std::string notice_code(std::uint64_t random) {
	constexpr std::string_view letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	std::string code;
	for (unsigned i = 0; i < 8; ++i) {
		if (i == 4) code += '-';
		code += letters[random >> (5 * i) & 31U];
	}
	return code;
}

std::string Notices::new_code(const Transaction& transaction) const {
	std::string code;
	for (int tries = 0; tries < 100; ++tries) { // one is nearly always enough
		code = notice_code(world_.random());
		if (!transaction.memory().notices.knows(code)) break;
	}
	return code;
}

std::vector<Notices::Channel> Notices::channels_for(const Subscriber* subscriber, NoticeKind kind) const {
	const NoticeRules& rules = world_.rules();
	std::vector<Channel> channels;
	if (std::string mail = mail_of(rules, subscriber); !mail.empty())
		channels.push_back({std::string(mail_channel), std::move(mail)});
	for (const Hook& hook : rules.hooks)
		if (wants(hook, kind)) channels.push_back({hook.name, ""});
	return channels;
}

NoticeFacts Notices::facts_of(const Transaction& transaction, const NoticeEvent& event, const Subscriber* subscriber) const {
	const Quarantine& quarantine = event.quarantine;
	NoticeFacts facts;
	facts.kind = event.kind;
	if (subscriber != nullptr) facts.subscriber = subscriber->id;
	facts.decision = quarantine.id;
	facts.level = quarantine.level;
	facts.from = quarantine.from;
	if (quarantine.until) facts.until = quarantine.until->wall;
	facts.ended = quarantine.ended;
	facts.ended_by_time = quarantine.ended && quarantine.ended_by == expired_by;
	facts.ticket = quarantine.ticket;
	facts.attempts = event.attempts;
	facts.can_release_himself = !quarantine.ended && world_.can_release_himself(quarantine.level);
	facts.language = subscriber != nullptr && !subscriber->language.empty() ? subscriber->language : world_.rules().language;
	if (is_subscriber_key(quarantine.prefix)) {
		for (const Prefix& prefix : world_.prefixes(quarantine.prefix))
			if (facts.addresses.size() < most_prefixes) facts.addresses.push_back(prefix.text());
	} else {
		facts.addresses.push_back(quarantine.prefix.text());
	}
	if (event.alert != nullptr) {
		facts.samples.push_back(sample_of(*event.alert, transaction.now().wall));
		facts.alerts = 1;
	}
	return facts;
}

void Notices::put(Transaction& transaction, const NoticeEvent& event, const NoticeFacts& facts,
                  const std::vector<Channel>& channels, UnixTime due) {
	for (const Channel& channel : channels) {
		Notice notice;
		NoticeFacts told = facts;
		notice.id = told.id = transaction.new_id();
		notice.made = transaction.now().wall;
		notice.kind = event.kind;
		notice.subject = event.quarantine.prefix;
		notice.decision = event.quarantine.id;
		notice.channel = channel.name;
		notice.to = channel.to;
		notice.code = told.code;
		notice.due = due;
		notice.body = notice_body(told, channel.name == mail_channel);
		if (transaction.memory().notices.is_full()) {
			notice.state = NoticeState::given_up;
			notice.problem = "too many notices waited";
			notice.ended = transaction.now().wall;
			++refused_;
		}
		transaction.put(std::move(notice));
	}
}

// Of a time before the start nothing is remembered; a digest can have been sent until then.
UnixTime Notices::last_told(const Transaction& transaction, const Quarantine& quarantine) const {
	if (const auto told = transaction.memory().notices.told(quarantine.id)) return *told;
	const bool can_have_been = quarantine.from + world_.rules().digest <= world_.started;
	return can_have_been ? world_.started : quarantine.from;
}

// One that a courier has already tells no more than what was there when he got it.
void Notices::gather(Transaction& transaction, const NoticeEvent& event) {
	const WaitingNotices& waiting = transaction.memory().notices;
	const Milliseconds now = transaction.now().boot;
	const Subscriber* subscriber = transaction.memory().subscribers.find(event.quarantine.prefix);
	auto channels = channels_for(subscriber, NoticeKind::digest);
	for (const std::uint64_t id : waiting.of_decision(event.quarantine.id)) {
		const WaitingNotice& one = *waiting.find(id);
		if (one.notice.kind == NoticeKind::digest && one.leased <= now)
			std::erase_if(channels, [&](const Channel& channel) { return channel.name == one.notice.channel; });
	}
	if (channels.empty()) return;
	const UnixTime before = last_told(transaction, event.quarantine);
	NoticeFacts facts = facts_of(transaction, event, subscriber);
	facts.code = new_code(transaction);
	facts.since = before;
	put(transaction, event, facts, channels, std::max(transaction.now().wall, before + world_.rules().digest));
}

void Notices::tell(Transaction& transaction, const NoticeEvent& event) {
	if (!world_.rules().enabled || event.quarantine.is_monitored) return;
	if (event.kind == NoticeKind::digest) return gather(transaction, event);
	if (event.kind == NoticeKind::released) {
		for (const std::uint64_t id : transaction.memory().notices.of_decision(event.quarantine.id)) {
			Notice waiting = transaction.memory().notices.find(id)->notice;
			if (waiting.kind != NoticeKind::digest) continue;
			waiting.state = NoticeState::given_up;
			waiting.problem = "the quarantine ended before it was due";
			waiting.ended = transaction.now().wall;
			transaction.put(std::move(waiting));
		}
	}
	const Subscriber* subscriber = transaction.memory().subscribers.find(event.quarantine.prefix);
	const auto channels = channels_for(subscriber, event.kind);
	if (channels.empty()) {
		// A hook that wants other events is no fault.
		if (!world_.rules().relay.empty() || world_.rules().hooks.empty()) ++untold_;
		if (event.quarantine.ended) transaction.told(event.quarantine.id, false);
		return;
	}
	NoticeFacts facts = facts_of(transaction, event, subscriber);
	facts.code = new_code(transaction);
	transaction.told(event.quarantine.id, !event.quarantine.ended);
	put(transaction, event, facts, channels, transaction.now().wall);
}

} // namespace gate25
