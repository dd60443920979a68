// SPDX-License-Identifier: GPL-2.0-or-later
#include "courier/courier.h"

#include "edge/clock.h"
#include "wire/config_kinds.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace gate25 {
namespace {

// At once and of each channel, so that a hook that is dead holds up no mail.
constexpr std::size_t most_mails = 16, most_posts = 8;
constexpr Milliseconds fetch_every{500};

UnixTime wall_now() { return SystemClock().now().wall; }

} // namespace

Courier::Courier(CourierSetup setup) : setup_(std::move(setup)), outbox_(setup_.socket) {}

void Courier::configure(CourierSetup setup) {
	if (setup.socket != setup_.socket) outbox_ = OutboxClient(setup.socket);
	setup_ = std::move(setup);
}

void Courier::tell_problem(const std::string& problem) {
	if (problem == problem_) return;
	if (!problem.empty())
		setup_.log(LogLevel::warning, problem);
	else
		setup_.log(LogLevel::notice, "the agent answers again");
	problem_ = problem;
}

void Courier::proceed(Milliseconds patience) {
	report();
	if (unreported_.empty() && !is_stopping_) fetch();
	for (Delivered& delivered : transfers_.proceed(patience)) end(std::move(delivered));
	report();
}

// In the order in which they ended; the first one that the agent does not take ends the round.
void Courier::report() {
	while (!unreported_.empty()) {
		const auto reported = outbox_.report(unreported_.front());
		if (!reported) return tell_problem(reported.error().text);
		unreported_.pop_front();
	}
}

// Now and then, and at once again when there was more than could be taken.
void Courier::fetch() {
	const Milliseconds now = SystemClock().now().boot;
	if (now < next_fetch_ && has_found_nothing_ && was_all_asked_) return;
	next_fetch_ = now + fetch_every;
	has_found_nothing_ = was_all_asked_ = true;
	std::vector<std::string> channels;
	if (!setup_.rules.relay.empty()) channels.emplace_back(mail_channel);
	for (const Hook& hook : setup_.rules.hooks) channels.push_back(hook.name);
	++first_;
	for (std::size_t i = 0; i < channels.size(); ++i) {
		const std::string& channel = channels[(first_ + i) % channels.size()];
		fetch(channel, channel == mail_channel ? most_mails : most_posts);
	}
}

void Courier::fetch(const std::string& channel, std::size_t most) {
	const std::size_t running = transfers_.count(channel);
	if (running >= most) {
		was_all_asked_ = false;
		return;
	}
	auto notices = outbox_.fetch(channel, most - running);
	if (!notices) {
		has_found_nothing_ = false;
		return tell_problem(notices.error().text);
	}
	tell_problem("");
	if (!notices->empty()) has_found_nothing_ = false;
	// An agent that was started anew hands out what is on its way here.
	for (Waiting& waiting : *notices)
		if (!transfers_.has(waiting.id)) send(channel, std::move(waiting));
}

void Courier::send(const std::string& channel, Waiting waiting) {
	const auto hook = std::find_if(setup_.rules.hooks.begin(), setup_.rules.hooks.end(), [&](const Hook& one) { return one.name == channel; });
	const auto begun = hook == setup_.rules.hooks.end() ? send_mail(waiting) : post(*hook, waiting);
	if (!begun) end({waiting.id, channel, Fate::failed, begun.error().text});
}

Result<void> Courier::send_mail(const Waiting& waiting) {
	auto text = setup_.templates.text(waiting.facts, setup_.rules);
	if (!text) return fail(text.error());
	if (!config_file::is_mail_address(waiting.to)) return fail(ErrorKind::bad_input, "no mail address: " + waiting.to);
	transfers_.start(waiting.id, std::string(mail_channel),
	                 mail_of(waiting.id, waiting.made, waiting.to, std::move(*text), setup_.rules, setup_.own_name, wall_now()));
	return {};
}

Result<void> Courier::post(const Hook& hook, const Waiting& waiting) {
	const auto secret = setup_.secrets.find(hook.name);
	if (secret == setup_.secrets.end())
		return fail(ErrorKind::unavailable, "the key of the signatures in " + hook.secret_file + " could not be read");
	transfers_.start(waiting.id, hook.name,
	                 hook_post(waiting.id, waiting.kind, hook.url, secret->second, boost::json::serialize(waiting.facts), wall_now()));
	return {};
}

void Courier::end(Delivered delivered) {
	if (delivered.fate != Fate::sent)
		setup_.log(LogLevel::notice, fmt::format("notice {} by {} {}: {}", delivered.notice, delivered.channel,
		                                         delivered.fate == Fate::failed ? "waits" : "was refused", delivered.why));
	unreported_.push_back(std::move(delivered));
}

} // namespace gate25
