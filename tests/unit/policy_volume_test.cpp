// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a notice and limits on volume do to a packet, and how `explain` says it.
#include "core/policy.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

class Decisions : public DecisionIndex {
public:
	std::optional<Level> level; // of everybody
	bool is_exempt = false;
	std::optional<Found> quarantine(const Prefix& exact) const override {
		const bool is_own = exact.length() == (exact.family() == Family::ipv4 ? 32 : 56);
		return level && is_own ? std::optional(Found{*level, 7}) : std::nullopt;
	}
	std::optional<std::uint64_t> exemption(const Prefix&) const override {
		return is_exempt ? std::optional<std::uint64_t>(8) : std::nullopt;
	}
};

struct Ends {
	const char* subscriber;
	const char* outside;
	const char* relay;
	const char* prefix; // of the subscriber
	const char* digit;
};
constexpr Ends families[] = {{"100.64.1.2", "198.51.100.25", "192.0.2.25", "100.64.1.0/24", "4"},
                             {"2001:db8:1000:100::2", "2001:db8:f00::25", "2001:db8:25::25", "2001:db8:1000::/48", "6"}};

Address address(const char* text) { return Address::parse(text).value(); }
Prefix prefix(const char* text) { return Prefix::parse(text).value(); }

Config base() {
	Config config;
	config.network.subscribers = {prefix("100.64.0.0/10"), prefix("2001:db8:1000::/36")};
	config.network.relays = {prefix("192.0.2.25"), prefix("2001:db8:25::25")};
	return config;
}

Config noticing() {
	Config config = base();
	config.port25.deny = Deny::notice;
	return config;
}

VolumeLimit limit(const char* text, Mode mode = Mode::enforce, Then then = Then::refuse) {
	VolumeLimit limit;
	limit.limit = parse_limit(text).value();
	limit.mode = mode;
	limit.then = then;
	return limit;
}

Config metering(std::vector<VolumeLimit> limits) {
	Config config = base();
	config.port25.policy = PolicyAction::open;
	config.volume.enabled = true;
	config.volume.limits = std::move(limits);
	return config;
}

Packet packet(const char* from, const char* to, std::uint16_t port = 25) {
	Packet packet;
	packet.source = address(from);
	packet.destination = address(to);
	packet.destination_port = port;
	return packet;
}

} // namespace

TEST_CASE("with deny = notice the router answers what the block and the levels port25 and mail refuse at port 25") {
	const Policy policy(noticing());
	for (const Ends& ends : families)
		for (const std::optional<Level> level : {std::optional<Level>(), std::optional(Level::notify), std::optional(Level::limit),
		                                         std::optional(Level::port25), std::optional(Level::mail)}) {
			Decisions decisions;
			decisions.level = level;
			const Decided decided = policy.decide(packet(ends.subscriber, ends.outside), decisions);
			CAPTURE(ends.subscriber);
			CHECK(verdict_text(decided.verdict) == "redirect");
			CHECK(is_notice(decided));
			CHECK(!decided.to);
			CHECK(decided.to_port == 2554);
			CHECK(decided.step == (level >= Level::port25 ? 2 : 6));
			CHECK(chain_text(decided, address(ends.subscriber).family()) == std::string("notice_give") + ends.digit);
			CHECK(counter_text(decided, address(ends.subscriber).family()) == std::string("notice") + ends.digit);
			CHECK(!decided.may_be_limited);
		}
}

TEST_CASE("everything else is refused by a reset, or let through, as without a notice") {
	const Policy with(noticing()), without(base());
	for (const Ends& ends : families) {
		Packet in_mid_stream = packet(ends.subscriber, ends.outside);
		in_mid_stream.opens = false;
		Packet inbound = packet(ends.outside, ends.subscriber, 40000);
		inbound.source_port = 25;
		Packet tunnel = packet(ends.subscriber, ends.outside);
		tunnel.protocol = 47;
		for (const Packet& one : {in_mid_stream, inbound, tunnel, packet(ends.subscriber, ends.relay),
		                          packet(ends.subscriber, ends.outside, 587), packet(ends.outside, ends.subscriber)})
			for (const std::optional<Level> level : {std::optional<Level>(), std::optional(Level::mail)}) {
				Decisions decisions;
				decisions.level = level;
				CHECK(with.decide(one, decisions).verdict == without.decide(one, decisions).verdict);
				CHECK(!is_notice(with.decide(one, decisions)));
			}
		Decisions decisions;
		decisions.level = Level::garden;
		CHECK(with.decide(packet(ends.subscriber, ends.outside), decisions).verdict == Verdict::reset);
		decisions = {};
		decisions.is_exempt = true;
		CHECK(with.decide(packet(ends.subscriber, ends.outside), decisions).verdict == Verdict::accept);
	}
}

TEST_CASE("explain says of a notice who answers and how often") {
	const Policy policy(noticing());
	Decisions decisions;
	const Packet one = packet("100.64.1.2", "198.51.100.25");
	constexpr const char* answers = "; the router answers it (port 2554) and says where mail goes instead, up to 20 times a minute, "
	                                "then it is reset";
	CHECK(policy.why(one, policy.decide(one, decisions)) ==
	      std::string("the default policy is block: port 25 only leads to the relay") + answers);
	decisions.level = Level::port25;
	CHECK(policy.why(one, policy.decide(one, decisions)) == std::string("quarantine 7 of 100.64.1.2 at level port25 refuses it") + answers);
}

TEST_CASE("explain names the enforced limits on connections that a subscriber is held to") {
	VolumeLimit elsewhere = limit("connections 1/hour");
	elsewhere.match = {prefix("100.65.0.0/16"), prefix("2001:db8:1800::/40")};
	VolumeLimit here = limit("destinations 10/day", Mode::enforce, Then::refuse_and_alert);
	here.match = {prefix(families[0].prefix), prefix(families[1].prefix)};
	const Policy policy(metering({limit("connections 30/hour"), elsewhere, here, limit("connections 2/hour", Mode::monitor),
	                              limit("connections 3/hour", Mode::enforce, Then::alert), limit("messages 4/hour")}));
	for (const Ends& ends : families) {
		const Packet one = packet(ends.subscriber, ends.outside);
		const Decided decided = policy.decide(one, {Decisions()});
		CHECK(decided.verdict == Verdict::accept);
		CHECK(decided.may_be_over_volume);
		CHECK(policy.why(one, decided) ==
		      "the default policy is open: port 25 may be used; as long as he keeps to connections 30/hour and destinations 10/day");
	}
}

TEST_CASE("limits concern first packets to port 25 that are let through, and the relay only when it shall be counted") {
	Config config = metering({limit("connections 30/hour")});
	const auto may_be = [&](const Packet& one, const Decisions& decisions = {}) {
		return Policy(config).decide(one, decisions).may_be_over_volume;
	};
	for (const Ends& ends : families) {
		Decisions exempt, limited, port25;
		exempt.is_exempt = true;
		limited.level = Level::limit;
		port25.level = Level::port25;
		CHECK(may_be(packet(ends.subscriber, ends.outside), exempt));
		CHECK(may_be(packet(ends.subscriber, ends.outside), limited));
		CHECK(!may_be(packet(ends.subscriber, ends.outside), port25));
		CHECK(!may_be(packet(ends.subscriber, ends.outside, 587)));
		CHECK(!may_be(packet(ends.outside, ends.subscriber)));
		Packet in_mid_stream = packet(ends.subscriber, ends.outside);
		in_mid_stream.opens = false;
		CHECK(!may_be(in_mid_stream));
		for (const bool relays : {false, true}) {
			config.volume.relays = relays;
			CHECK(may_be(packet(ends.subscriber, ends.relay)) == relays);
			CHECK(may_be(packet(ends.subscriber, ends.relay), port25) == relays);
		}
		config.volume.relays = false;
	}
	config.volume.enabled = false;
	CHECK(!may_be(packet("100.64.1.2", "198.51.100.25")));
}
