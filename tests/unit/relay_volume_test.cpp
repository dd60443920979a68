// SPDX-License-Identifier: GPL-2.0-or-later
//
// Mail through the relay: what counts, and what is said to whoever is above a limit.
#include "core/relay_refusal.h"
#include "flow/relay_volume.h"
#include "mail_sums.h"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace gate25;
using namespace gate25::test;
using Kind = MailAnswer::Kind;

namespace {

constexpr VolumeTime morning = 1'800'000'000;
const std::string line4 = "100.64.1.2", line6 = "2001:db8:1000:100::2", elsewhere = "203.0.113.9";

VolumeKey line(const std::string& address) {
	return VolumeKey::of(subscriber_of(relay_config().network, *Address::parse(address)));
}

// A relay, its limits, and a mail server that asks.
struct Relay {
	explicit Relay(const std::vector<std::string>& limits = {}, std::size_t most_mails = 1000)
	    : config(relay_config(limits)), relay(most_mails) {}

	MailAnswer ask(MailRequest request) {
		const Policy policy(config);
		return relay.answer(request, policy, sums, now);
	}
	static MailRequest request(MailStage stage, const std::string& instance, const std::string& from, const std::string& user) {
		MailRequest request;
		request.stage = stage;
		request.instance = instance;
		if (!from.empty()) request.client = *Address::parse(from);
		request.user = user;
		return request;
	}
	MailAnswer recipient(const std::string& instance, const std::string& to, const std::string& from = line4,
	                     const std::string& user = "") {
		MailRequest asked = request(MailStage::recipient, instance, from, user);
		asked.recipient = to;
		return ask(asked);
	}
	MailAnswer content(const std::string& instance, std::uint32_t recipients, const std::string& from = line4,
	                   const std::string& user = "") {
		MailRequest asked = request(MailStage::content, instance, from, user);
		asked.recipients = recipients;
		return ask(asked);
	}
	// {messages, recipients} within the last day.
	std::pair<std::uint32_t, std::uint32_t> day(const VolumeKey& key) const {
		return {sums.value(key, Quantity::messages, Window::day, now), sums.value(key, Quantity::recipients, Window::day, now)};
	}

	Config config;
	TableSums sums;
	RelayVolume relay;
	VolumeTime now = morning;
};

using Pair = std::pair<std::uint32_t, std::uint32_t>;

} // namespace

TEST_CASE("relay volume: a mail counts once, whatever lists of the mail server the service stands in") {
	for (const std::string& from : {line4, line6}) {
		Relay at_recipient, at_content, at_all;
		for (const char* to : {"a@x", "b@x", "c@x"}) at_recipient.recipient("1", to, from);
		CHECK(at_recipient.day(line(from)) == Pair(1, 3));
		at_content.content("1", 3, from);
		CHECK(at_content.day(line(from)) == Pair(1, 3));
		for (const char* to : {"a@x", "a@x", "b@x", "b@x", "c@x", "c@x"}) at_all.recipient("1", to, from); // in two lists
		at_all.content("1", 3, from); // DATA
		at_all.content("1", 3, from); // END-OF-MESSAGE
		CHECK(at_all.day(line(from)) == Pair(1, 3));
		CHECK(at_all.relay.counters().messages == 1);
		CHECK(at_all.relay.counters().recipients == 3);
	}
}

TEST_CASE("relay volume: recipients that were not asked about one by one are counted with the content") {
	Relay relay;
	relay.recipient("1", "a@x");
	relay.content("1", 5);
	CHECK(relay.day(line(line4)) == Pair(1, 5));
	relay.content("2", 2);
	relay.content("3", 1);
	CHECK(relay.day(line(line4)) == Pair(3, 8));
	// Fewer than asked about: another restriction of the mail server refused one. What was counted stays.
	for (const char* to : {"a@x", "b@x"}) relay.recipient("4", to);
	relay.content("4", 1);
	CHECK(relay.day(line(line4)) == Pair(4, 10));
}

TEST_CASE("relay volume: a mail is the subscriber's and the user's, or one's, or nobody's") {
	Relay relay;
	relay.content("1", 1, line4, "Alice@example.org");
	relay.content("2", 2, elsewhere, "alice@EXAMPLE.org");
	relay.content("3", 4, line4, "");
	relay.content("4", 8, elsewhere, "");
	relay.content("5", 16, "", "");
	CHECK(relay.day(line(line4)) == Pair(2, 5));
	CHECK(relay.day(VolumeKey::of_user("alice@example.org")) == Pair(2, 3));
	CHECK(relay.sums.names.size() == 1);
	CHECK(relay.relay.counters().messages == 3);
}

TEST_CASE("relay volume: addresses of one IPv6 subscriber are one subscriber") {
	Relay relay({"messages 2/day"});
	CHECK(relay.content("1", 1, "2001:db8:1000:100::2").kind == Kind::pass);
	CHECK(relay.content("2", 1, "2001:db8:1000:1ff::3").kind == Kind::pass);
	CHECK(relay.content("3", 1, "2001:db8:1000:180::4").kind == Kind::defer);
	CHECK(relay.content("4", 1, "2001:db8:1000:200::2").kind == Kind::pass);
}

TEST_CASE("relay volume: other stages count nothing") {
	Relay relay({"messages 1/day"});
	for (int i = 0; i < 3; ++i) CHECK(relay.ask(Relay::request(MailStage::other, "1", line4, "u")).kind == Kind::pass);
	CHECK(relay.day(line(line4)) == Pair(0, 0));
}

TEST_CASE("relay volume: the limit is the last that passes, and what is refused is not counted as sent") {
	Relay relay({"messages 3/hour"});
	for (int i = 0; i < 3; ++i) CHECK(relay.content(std::to_string(i), 1).kind == Kind::pass);
	for (int i = 3; i < 10; ++i) CHECK(relay.content(std::to_string(i), 1).kind == Kind::defer);
	CHECK(relay.day(line(line4)) == Pair(3, 3));
	CHECK(relay.sums.refused[line(line4)] == 7);
	CHECK(relay.relay.counters().deferred == 7);
	// To come again is not punished: when the sums have sunk, it passes.
	relay.now += 3600 * 7 / 6;
	CHECK(relay.content("again", 1).kind == Kind::pass);
}

TEST_CASE("relay volume: a refusal counts once for a mail, and the rest of the mail gets the same answer") {
	Relay relay({"recipients 2/hour"});
	CHECK(relay.recipient("1", "a@x").kind == Kind::pass);
	CHECK(relay.recipient("1", "b@x").kind == Kind::pass);
	const MailAnswer refusal = relay.recipient("1", "c@x");
	CHECK(refusal.kind == Kind::defer);
	relay.now += 86'400; // even if it would pass by now
	CHECK(relay.recipient("1", "d@x") == refusal);
	CHECK(relay.content("1", 3) == refusal);
	// What was let through is: its content passes.
	CHECK(relay.content("1", 2).kind == Kind::pass);
	CHECK(relay.sums.refused[line(line4)] == 1);
	CHECK(relay.relay.counters().recipients == 2);
	CHECK(relay.relay.counters().deferred == 3);
}

TEST_CASE("relay volume: a refused mail with all its recipients stays refused") {
	Relay relay({"messages 1/day"});
	CHECK(relay.recipient("1", "a@x").kind == Kind::pass);
	for (const char* to : {"a@x", "b@x", "b@x"}) CHECK(relay.recipient("2", to).kind == Kind::defer);
	CHECK(relay.content("2", 2).kind == Kind::defer);
	CHECK(relay.recipient("1", "b@x").kind == Kind::pass); // of the first mail
	CHECK(relay.day(line(line4)) == Pair(1, 2));
}

TEST_CASE("relay volume: the text says what, how much, until when, and where there is help") {
	Relay relay({"messages 200/day"});
	relay.config.volume.help = "https://help.example/mail";
	for (int i = 0; i < 200; ++i) REQUIRE(relay.content(std::to_string(i), 1, elsewhere, "u").kind == Kind::pass);
	relay.now += 21 * 3600;
	CHECK(relay.content("x", 1, elsewhere, "u").text ==
	      "4.7.1 You have sent 200 messages within a day, that is the limit of your provider. Please try again in about 4 hours. "
	      "Help: https://help.example/mail");
	relay.config.volume.help.clear();
	relay.config.volume.limits[0].answer = RelayAnswer::reject;
	const MailAnswer rejected = relay.content("y", 1, elsewhere, "u");
	CHECK(rejected.kind == Kind::reject);
	CHECK(rejected.text ==
	      "5.7.1 You have sent 200 messages within a day, that is the limit of your provider. Please try again in about 4 hours.");
	CHECK(relay.relay.counters().rejected == 1);
}

TEST_CASE("relay volume: who waits as long as he is told passes then, whenever he sent") {
	for (const char* window : {"minute", "hour", "day"}) {
		for (unsigned pace = 0; pace < 12; ++pace) {
			Relay relay({std::string("messages 10/") + window});
			const auto length = window_length(relay.config.volume.limits[0].limit.per).count();
			int number = 0;
			while (relay.content(std::to_string(number++), 1).kind == Kind::pass)
				relay.now += static_cast<VolumeTime>(length * pace / 200);
			const std::string text = relay.content("x", 1).text;
			const auto about = text.find("about ") + 6;
			const unsigned count = text[about] == 'a' ? 1 : static_cast<unsigned>(std::stoul(text.substr(about)));
			const unsigned unit = text.find("hour", about) != text.npos ? 3600 : 60;
			CAPTURE(text);
			CHECK(count * unit <= std::max<unsigned>(static_cast<unsigned>(length) * 7 / 6 + unit, 120));
			relay.now += count * unit;
			CHECK(relay.content("y", 1).kind == Kind::pass);
		}
	}
}

TEST_CASE("relay volume: texts of all kinds of excess") {
	VolumeLimit limit;
	const MailSender user{VolumeKey::of_user("u"), "u"}, of_line{line(line4), {}};
	const auto text = [&](const char* of, const MailSender& sender, std::uint32_t value, std::uint32_t more, Seconds wait) {
		limit.limit = *parse_limit(of);
		return mail_refusal({limit, sender, value, more, wait}, "").text;
	};
	CHECK(text("messages 1/minute", of_line, 1, 1, Seconds{20}) ==
	      "4.7.1 From your line 1 message has been sent within a minute, that is the limit of your provider. Please try again in about "
	      "a minute.");
	CHECK(text("messages 5/minute", of_line, 5, 1, Seconds{61}) ==
	      "4.7.1 From your line 5 messages have been sent within a minute, that is the limit of your provider. Please try again in "
	      "about 2 minutes.");
	CHECK(text("recipients 50/hour", of_line, 50, 1, Seconds{5400}) ==
	      "4.7.1 From your line mail has been sent to 50 recipients within an hour, that is the limit of your provider. Please try "
	      "again in about 90 minutes.");
	CHECK(text("recipients 500/day", user, 450, 100, Seconds{7300}) ==
	      "4.7.1 You have sent mail to 450 recipients within a day, and this message is for 100 more: the limit of your provider is "
	      "500. Please try again in about 3 hours.");
	// It would never pass, so it is told for good.
	CHECK(text("recipients 500/day", user, 0, 600, Seconds{0}) ==
	      "5.7.1 This message is for 600 recipients, the limit of your provider is 500 within a day. Please send it to fewer at a time.");
	CHECK(mail_refusal({limit, user, 0, 600, Seconds{0}}, "").kind == Kind::reject);
}

TEST_CASE("relay volume: a monitored limit counts what it would refuse, once for a mail, and lets it pass") {
	Relay relay({"recipients 2/day"});
	relay.config.volume.limits[0].mode = Mode::monitor;
	for (const char* to : {"a@x", "b@x", "c@x", "d@x", "e@x"}) CHECK(relay.recipient("1", to, line6).kind == Kind::pass);
	CHECK(relay.day(line(line6)) == Pair(1, 5));
	CHECK(relay.sums.refused[line(line6)] == 1);
	CHECK(relay.relay.counters().would_refuse == 1);
	CHECK(relay.sums.alerts.empty());
}

TEST_CASE("relay volume: alerts come with and without a refusal") {
	Relay relay({"messages 1/day"});
	relay.config.volume.limits[0].then = Then::alert;
	relay.content("1", 1);
	CHECK(relay.sums.alerts.empty());
	CHECK(relay.content("2", 1).kind == Kind::pass);
	CHECK(relay.sums.alerts == std::vector<std::string>{"messages 1/day: 2"});
	CHECK(relay.sums.refused.empty());
	relay.config.volume.limits[0].then = Then::refuse_and_alert;
	CHECK(relay.content("3", 1).kind == Kind::defer);
	CHECK(relay.sums.alerts.size() == 2);
	CHECK(relay.sums.refused[line(line4)] == 1);
	relay.config.volume.limits[0].mode = Mode::monitor;
	CHECK(relay.content("4", 1).kind == Kind::pass);
	CHECK(relay.sums.alerts.size() == 3);
}

TEST_CASE("relay volume: a limit with a match is for those lines and for no user") {
	Relay relay({"messages 1/day"});
	relay.config.volume.limits[0].match = {*Prefix::parse("100.64.8.0/24"), *Prefix::parse("2001:db8:1800::/40")};
	CHECK(relay.content("1", 1, "100.64.8.1").kind == Kind::pass);
	CHECK(relay.content("2", 1, "100.64.8.1").kind == Kind::defer);
	CHECK(relay.content("3", 1, "2001:db8:1800::1").kind == Kind::pass);
	CHECK(relay.content("4", 1, "2001:db8:1800::1").kind == Kind::defer);
	for (int i = 0; i < 3; ++i) CHECK(relay.content("o" + std::to_string(i), 1, line4).kind == Kind::pass);
	for (int i = 0; i < 3; ++i) CHECK(relay.content("r" + std::to_string(i), 1, elsewhere, "u").kind == Kind::pass);
	CHECK(relay.content("5", 1, "100.64.8.2", "u").kind == Kind::pass); // the user has sent three, his line none
	CHECK(relay.content("6", 1, "100.64.8.2", "v").kind == Kind::defer);
}

TEST_CASE("relay volume: a stolen password is limited wherever it is used") {
	Relay relay({"messages 5/hour"});
	unsigned passed = 0;
	for (unsigned i = 0; i < 50; ++i)
		passed += relay.content(std::to_string(i), 1, "203.0.113." + std::to_string(i), "victim").kind == Kind::pass;
	CHECK(passed == 5);
}

TEST_CASE("relay volume: of several limits the first that refuses answers, in the order of the configuration") {
	Relay relay({"messages 100/day", "recipients 3/hour", "messages 1/minute"});
	relay.config.volume.limits[2].answer = RelayAnswer::reject;
	relay.content("1", 3);
	CHECK(relay.content("2", 1).text.find("recipients within an hour") != std::string::npos);
	// Limits on connections are none of the relay's business.
	Relay other({"connections 1/day", "destinations 1/day"});
	for (int i = 0; i < 3; ++i) CHECK(other.content(std::to_string(i), 9).kind == Kind::pass);
}

TEST_CASE("relay volume: mails under way are remembered up to a bound, those asked about last") {
	Relay relay({}, 3);
	for (const char* name : {"1", "2", "3"}) relay.recipient(name, "a@x");
	relay.recipient("1", "b@x");
	relay.recipient("4", "a@x"); // the second is forgotten
	CHECK(relay.relay.size() == 3);
	relay.content("1", 2);
	CHECK(relay.day(line(line4)) == Pair(4, 5));
	relay.content("2", 1); // and counts anew
	CHECK(relay.day(line(line4)) == Pair(5, 6));
	for (int i = 0; i < 1000; ++i) relay.recipient("n" + std::to_string(i), "a@x");
	CHECK(relay.relay.size() == 3);
}

TEST_CASE("relay volume: without an instance each request is a mail; two clients with the same one are two") {
	Relay relay;
	relay.content("", 1);
	relay.content("", 1);
	CHECK(relay.day(line(line4)) == Pair(2, 2));
	relay.content("1", 1, line4, "a");
	relay.content("1", 1, line4, "b");
	relay.content("1", 1, "100.64.1.3", "a");
	CHECK(relay.day(line(line4)) == Pair(4, 4));
	CHECK(relay.day(VolumeKey::of_user("a")) == Pair(2, 2));
}

namespace {

class BrokenSums : public TableSums {
public:
	void add(const MailSender&, std::uint32_t, std::uint32_t, VolumeTime) override { throw std::runtime_error("no memory"); }
};

struct Service {
	explicit Service(Config c, MailSums& sums)
	    : policy(c), service({[this]() -> const Policy& { return policy; }, sums, [this] { return now; },
	                          [this](LogLevel, const std::string& line) { log.push_back(line); }}) {}
	Policy policy;
	VolumeTime now = morning;
	std::vector<std::string> log;
	PolicyService service;
};

constexpr std::string_view question = "request=smtpd_access_policy\nprotocol_state=DATA\nclient_address=100.64.1.2\n"
                                      "recipient_count=1\n";
constexpr std::string_view no_opinion = "action=DUNNO\n\n";

} // namespace

TEST_CASE("policy service: bytes in, bytes out") {
	TableSums sums;
	Service world(relay_config({"messages 1/day"}), sums);
	CHECK(world.service.answer(question) == no_opinion);
	CHECK(world.service.answer(question).starts_with("action=DEFER_IF_PERMIT 4.7.1 From your line 1 message has been sent"));
	CHECK(world.service.counters().requests == 2);
	CHECK(world.service.counters().mail.deferred == 1);
	CHECK(world.log.empty());
}

TEST_CASE("policy service: what it cannot read or do holds up no mail, unless that is asked for") {
	for (const Fail fail : {Fail::open, Fail::closed}) {
		Config config = relay_config({"messages 1/day"});
		config.volume.fail = fail;
		BrokenSums sums;
		Service world(config, sums);
		const std::string wanted =
		    fail == Fail::open
		        ? std::string(no_opinion)
		        : "action=DEFER_IF_PERMIT 4.3.0 The limits of your provider cannot be checked now. Please try again later.\n\n";
		CHECK(world.service.answer("GET / HTTP/1.1") == wanted);
		CHECK(world.service.answer_too_long() == wanted);
		CHECK(world.service.answer(question) == wanted);
		CHECK(world.service.counters().requests == 3);
		CHECK(world.service.counters().unreadable == 2);
		CHECK(world.service.counters().failed == 1);
		REQUIRE(world.log.size() == 2); // the second unreadable one came within a minute
		CHECK(world.log[0] == "a question of the mail server could not be read: a line: expected NAME=VALUE, found \"GET / HTTP/1.1\"");
		CHECK(world.log[1] == "a question of the mail server could not be answered: no memory");
		world.now += 60;
		(void)world.service.answer("x");
		REQUIRE(world.log.size() == 3);
		CHECK(world.log[2].ends_with("(2 times since the last message of this kind)"));
	}
}

TEST_CASE("policy service: without [volume] nothing is counted") {
	Config config = relay_config({"messages 1/day"});
	config.volume.enabled = false;
	TableSums sums;
	Service world(config, sums);
	for (int i = 0; i < 3; ++i) CHECK(world.service.answer(question) == no_opinion);
	CHECK(world.service.counters().mail.messages == 0);
}

TEST_CASE("policy service: strangers are told of once a minute") {
	TableSums sums;
	Service world(relay_config(), sums);
	for (int i = 0; i < 5; ++i) world.service.has_met_stranger("203.0.113.9");
	CHECK(world.service.counters().strangers == 5);
	REQUIRE(world.log.size() == 1);
	CHECK(world.log[0].find("203.0.113.9") != std::string::npos);
}

TEST_CASE("policy service: the unix socket is for postfix and the desk") {
	Config config = relay_config();
	config.agent.alert_users = {"suricata", "*"};
	const AccessRules rules{config, 990, [](const Peer& peer, const std::string& group) { return peer.gid == 25 && group == "gate25"; }};
	for (const Peer& peer : {Peer{0, 0, 1, "root"}, Peer{990, 990, 1, "gate25"}, Peer{106, 113, 1, "postfix"}, Peer{1000, 25, 1, "desk"}})
		CHECK(may_ask_policy(peer, rules));
	for (const Peer& peer : {Peer{1001, 1001, 1, "suricata"}, Peer{65534, 65534, 1, "nobody"}}) {
		const auto asked = may_ask_policy(peer, rules);
		REQUIRE_FALSE(asked);
		CHECK(asked.error().kind == ErrorKind::denied);
		CHECK(asked.error().text.find(peer.user) != std::string::npos);
	}
}
