// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/relay_volume.h"

#include "core/relay_refusal.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace gate25 {
namespace {

// A limit with a match is for those lines, and for no user, who may be anywhere.
bool concerns(const VolumeLimit& limit, const VolumeKey& key) {
	if (activity_of(limit.limit.quantity) != Activity::mail) return false;
	if (limit.match.empty()) return true;
	const auto line = key.subscriber();
	return line && std::any_of(limit.match.begin(), limit.match.end(), [&](const Prefix& match) { return match.contains(*line); });
}

// When so much more fits, looked for in steps of a 24th of the window. What was counted has left the sums after seven
// sixths of it.
Seconds wait_until_it_fits(const MailSums& sums, const VolumeKey& key, const Limit& limit, std::uint32_t more, VolumeTime now) {
	const Seconds step = window_length(limit.per) / 24;
	Seconds wait = step;
	while (wait < window_length(limit.per) * 7 / 6 &&
	       sums.value(key, limit.quantity, limit.per, now + static_cast<VolumeTime>(wait.count())) + more > limit.most)
		wait += step;
	return wait;
}

// What the limits say of one request.
struct Judgement {
	MailAnswer refusal; // of the first enforced limit that refuses
	bool is_above = false; // one that refuses, enforced or not
};

struct Scales {
	const MailRequest& request;
	MailSums& sums;
	const std::string& help;
	VolumeTime now;
};

void weigh(Judgement& judged, const Scales& scales, const VolumeLimit& limit, const MailSender& sender, std::uint32_t more) {
	MailSums& sums = scales.sums;
	const VolumeTime now = scales.now;
	const std::uint32_t value = sums.value(sender.key, limit.limit.quantity, limit.limit.per, now);
	if (value + more <= limit.limit.most) return;
	if (limit.then != Then::refuse) sums.alert({limit, sender, scales.request.client, value + more}, now);
	if (limit.then == Then::alert) return;
	judged.is_above = true;
	if (limit.mode != Mode::enforce || judged.refusal.kind != MailAnswer::Kind::pass) return;
	const Seconds wait = wait_until_it_fits(sums, sender.key, limit.limit, more, now);
	judged.refusal = mail_refusal({limit, sender, value, more, wait}, scales.help);
}

} // namespace

std::vector<MailSender> mail_senders(const MailRequest& request, const Policy& policy) {
	std::vector<MailSender> senders;
	if (request.client && policy.is_subscriber(*request.client))
		senders.push_back({VolumeKey::of(subscriber_of(policy.config().network, *request.client)), {}});
	if (!request.user.empty()) senders.push_back({VolumeKey::of_user(request.user), request.user});
	return senders;
}

// With client and user in the name, two mail servers that happen to choose the same one are told apart.
RelayVolume::Mail& RelayVolume::mail_of(const MailRequest& request) {
	std::string name = request.instance;
	if (request.client) name += "," + request.client->text();
	name += "," + request.user;
	if (const auto known = by_name_.find(name); known != by_name_.end()) {
		mails_.splice(mails_.begin(), mails_, known->second);
		return mails_.front();
	}
	if (mails_.size() >= most_mails_ && !mails_.empty()) {
		by_name_.erase(mails_.back().name);
		mails_.pop_back();
	}
	mails_.emplace_front();
	mails_.front().name = std::move(name);
	by_name_.emplace(mails_.front().name, mails_.begin());
	return mails_.front();
}

// A mail server may ask twice about the same recipient, when the service stands in two of its lists.
RelayVolume::More RelayVolume::more_of(const Mail& mail, const MailRequest& request) {
	More more;
	more.messages = mail.is_counted ? 0 : 1;
	if (request.stage == MailStage::content)
		more.recipients = std::min(request.recipients, most_recipients) - std::min({request.recipients, most_recipients, mail.recipients});
	else
		more.recipients = mail.is_counted && mail.last_recipient == std::hash<std::string>()(request.recipient) ? 0 : 1;
	return more;
}

MailAnswer RelayVolume::refuse(Mail& mail, MailAnswer refusal) {
	++(refusal.kind == MailAnswer::Kind::defer ? counters_.deferred : counters_.rejected);
	mail.refusal = std::move(refusal);
	return mail.refusal;
}

void RelayVolume::take(Mail& mail, const MailRequest& request, const More& more) {
	mail.is_counted = true;
	mail.recipients += more.recipients;
	mail.last_recipient = std::hash<std::string>()(request.recipient);
	counters_.messages += more.messages;
	counters_.recipients += more.recipients;
}

// What was let through stays let through; from a refusal on, what would be more of the same mail gets the same answer,
// though the sums may have sunk meanwhile: a mail server shall not find half of a list accepted by chance.
MailAnswer RelayVolume::answer(const MailRequest& request, const Policy& policy, MailSums& sums, VolumeTime now) {
	if (request.stage == MailStage::other) return {};
	const auto senders = mail_senders(request, policy);
	if (senders.empty()) return {};
	Mail unnamed;
	Mail& mail = request.instance.empty() ? unnamed : mail_of(request);
	const More more = more_of(mail, request);
	if (more.messages + more.recipients == 0) return {};
	if (mail.refusal.kind != MailAnswer::Kind::pass) return refuse(mail, mail.refusal);

	const VolumeRules& rules = policy.config().volume;
	Judgement judged;
	const Scales scales{request, sums, rules.help, now};
	for (const MailSender& sender : senders)
		for (const VolumeLimit& limit : rules.limits) {
			const std::uint32_t count = is_second(limit.limit.quantity) ? more.recipients : more.messages;
			if (count > 0 && concerns(limit, sender.key)) weigh(judged, scales, limit, sender, count);
		}
	const bool is_refused = judged.refusal.kind != MailAnswer::Kind::pass;
	if (judged.is_above && !std::exchange(mail.is_refusal_counted, true)) {
		for (const MailSender& sender : senders) sums.add_refused(sender, now);
		if (!is_refused) ++counters_.would_refuse;
	}
	if (is_refused) return refuse(mail, std::move(judged.refusal));
	for (const MailSender& sender : senders) sums.add(sender, more.messages, more.recipients, now);
	take(mail, request, more);
	return {};
}

} // namespace gate25
