// SPDX-License-Identifier: GPL-2.0-or-later
//
// The order of the verdict as a table, under the numbers of gate25(1). tests/compare holds the same function
// against the kernel; here stands what people may rely on, and what only a person reads.
#include "core/policy.h"

#include <doctest/doctest.h>
#include <unordered_map>

using namespace gate25;

namespace {

class Decisions : public DecisionIndex {
public:
	std::unordered_map<Prefix, Found> quarantines;
	std::unordered_map<Prefix, std::uint64_t> exemptions;
	std::optional<Found> quarantine(const Prefix& exact) const override {
		const auto found = quarantines.find(exact);
		return found == quarantines.end() ? std::nullopt : std::optional(found->second);
	}
	std::optional<std::uint64_t> exemption(const Prefix& exact) const override {
		const auto found = exemptions.find(exact);
		return found == exemptions.end() ? std::nullopt : std::optional(found->second);
	}
};

// Who sends or receives; each exists in both families.
enum Who { outside, relay, portal, subscriber, exempt, notified, limited, port25, mailed, gardened, opened, redirected, inner, prefixed };

const char* const names[2][14] = {
	{"198.51.100.25", "192.0.2.25", "192.0.2.80", "100.64.1.1", "100.64.1.2", "100.64.1.3", "100.64.1.4", "100.64.1.5", "100.64.1.6",
     "100.64.1.7", "100.64.8.1", "100.64.9.1", "100.64.8.200", "100.64.3.1"},
	{"2001:db8:f00::25", "2001:db8:25::25", "2001:db8:25::80", "2001:db8:1000:100::1", "2001:db8:1000:200::1", "2001:db8:1000:300::1",
     "2001:db8:1000:400::1", "2001:db8:1000:500::1", "2001:db8:1000:600::1", "2001:db8:1000:700::1", "2001:db8:1008:100::1",
     "2001:db8:1009:100::1", "2001:db8:1008:8000::1", "2001:db8:1003:100::1"},
};

Prefix prefix(const char* text) { return Prefix::parse(text).value(); }

Config base() {
	Config config;
	config.network.subscribers = {prefix("100.64.0.0/10"), prefix("2001:db8:1000::/36")};
	config.network.relays = {prefix("192.0.2.25"), prefix("2001:db8:25::25")};
	config.network.further_lengths_ipv4 = {24};
	config.network.further_lengths_ipv6 = {48};
	config.prefixes = {{prefix("100.64.8.0/24"), PolicyAction::open}, {prefix("2001:db8:1008::/48"), PolicyAction::open},
	                   {prefix("100.64.8.128/25"), PolicyAction::block}, {prefix("2001:db8:1008:8000::/49"), PolicyAction::block},
	                   {prefix("100.64.9.0/24"), PolicyAction::redirect}, {prefix("2001:db8:1009::/48"), PolicyAction::redirect}};
	return config;
}
Config with_default(PolicyAction action) {
	Config config = base();
	config.port25.policy = action;
	return config;
}
Config dropping() {
	Config config = base();
	config.port25.deny = Deny::drop;
	return config;
}
Config without_tunnels() {
	Config config = base();
	config.port25.tunnels = Tunnels::drop;
	return config;
}
Config with_garden() {
	Config config = base();
	config.garden.enabled = true;
	config.garden.portal_ipv4 = Address::parse("192.0.2.80").value();
	config.garden.portal_ipv6 = Address::parse("2001:db8:25::80").value();
	return config;
}

// One decision at each level, all with id 7; the whole prefix of `prefixed` is in quarantine at level mail.
Decisions decisions_for(const Config& config) {
	Decisions decisions;
	for (const auto& family : names) {
		const auto own = [&](Who who) { return subscriber_of(config.network, Address::parse(family[who]).value()); };
		decisions.exemptions[own(exempt)] = 7;
		decisions.exemptions[own(port25)] = 8;
		for (const auto& [who, level] : {std::pair{notified, Level::notify}, {limited, Level::limit}, {port25, Level::port25},
		                                 {mailed, Level::mail}, {gardened, Level::garden}})
			decisions.quarantines[own(who)] = {level, 7};
	}
	decisions.quarantines[prefix("100.64.3.0/24")] = {Level::mail, 9};
	decisions.quarantines[prefix("2001:db8:1003::/48")] = {Level::mail, 9};
	decisions.quarantines[prefix("100.64.3.9")] = {Level::notify, 10};
	return decisions;
}

struct Row {
	Who from;
	std::uint16_t port;
	Who to;
	std::uint16_t to_port;
	Verdict verdict;
	unsigned step;
	const char* chain;
	const char* counter;
	std::uint8_t protocol = protocol_tcp;
	bool opens = true;
};

Packet packet_of(const Row& row, std::size_t family) {
	Packet packet;
	packet.source = Address::parse(names[family][row.from]).value();
	packet.destination = Address::parse(names[family][row.to]).value();
	packet.protocol = row.protocol;
	packet.source_port = row.port;
	packet.destination_port = row.to_port;
	packet.opens = row.opens;
	return packet;
}

void check(const Config& config, std::initializer_list<Row> rows) {
	const Policy policy(config);
	const Decisions decisions = decisions_for(config);
	for (const Row& row : rows)
		for (const std::size_t family : {0U, 1U}) {
			const Packet packet = packet_of(row, family);
			const Decided decided = policy.decide(packet, decisions);
			CAPTURE(packet.source.text() + ":" + std::to_string(row.port) + " to " + packet.destination.text() + ":" + std::to_string(row.to_port));
			CHECK(verdict_text(decided.verdict) == verdict_text(row.verdict));
			CHECK(decided.step == row.step);
			CHECK(std::string(decided.chain) == row.chain);
			CHECK(std::string(decided.counter) == row.counter);
		}
}

constexpr Verdict accepts = Verdict::accept, resets = Verdict::reset, drops = Verdict::drop, redirects = Verdict::redirect, leaves = Verdict::not_ours;
constexpr std::uint16_t any = 40000;

} // namespace

TEST_CASE("1. not from a subscriber prefix: not ours") {
	check(base(), {
		{outside, any, relay, 25, leaves, 1, "", ""},
		{outside, any, subscriber, 25, leaves, 1, "", ""}, // a subscriber may have a mail server
		{subscriber, any, outside, 443, leaves, 1, "", ""},
		{subscriber, any, outside, 25, leaves, 1, "", "", 17},
		{subscriber, any, outside, 0, leaves, 1, "", "", 41}, // tunnels are allowed here
		{subscriber, 25, outside, any, leaves, 1, "", ""},
	});
}

TEST_CASE("2. a quarantine of this subscriber: its level decides") {
	check(base(), {
		{notified, any, outside, 25, resets, 6, "policy_block", "block"}, // told, not restricted
		{limited, any, outside, 587, accepts, 2, "resume_from", ""},
		{port25, any, outside, 25, resets, 2, "port25_from", "port25_"}, // his exemption is suspended
		{port25, any, relay, 25, accepts, 2, "port25_from", "relay"},
		{port25, any, outside, 587, accepts, 2, "port25_from", ""},
		{mailed, any, outside, 587, resets, 2, "mail_from", "mail"},
		{mailed, any, outside, 465, resets, 2, "mail_from", "mail"},
		{mailed, any, relay, 587, accepts, 2, "mail_from", "relay"},
		{mailed, any, outside, 443, leaves, 1, "", ""},
		{gardened, any, outside, 587, resets, 2, "garden_from", "garden"},
		{gardened, any, relay, 25, resets, 2, "garden_from", "garden"},
		{prefixed, any, outside, 587, resets, 2, "mail_from", "mail"}, // a further length
	});
}

TEST_CASE("2. the same for what comes back") {
	check(base(), {
		{outside, 25, port25, any, resets, 2, "port25_to", "port25_", protocol_tcp, false},
		{outside, 587, port25, any, accepts, 2, "port25_to", "", protocol_tcp, false},
		{relay, 25, port25, any, accepts, 2, "port25_to", "relay", protocol_tcp, false},
		{outside, 587, mailed, any, resets, 2, "mail_to", "mail", protocol_tcp, false},
		{outside, 587, gardened, any, resets, 2, "garden_to", "garden", protocol_tcp, false},
	});
}

TEST_CASE("2. with a garden every packet is looked at, in both directions") {
	check(with_garden(), {
		{gardened, any, outside, 443, resets, 2, "garden_end_from", "garden"},
		{gardened, any, outside, 53, drops, 2, "garden_end_from", "garden", 17},
		{gardened, any, portal, 443, accepts, 2, "garden_end_from", ""},
		{gardened, any, outside, 80, redirects, 2, "portal_to", "portal"},
		{outside, any, gardened, 22, resets, 2, "garden_end_to", "garden"},
		{portal, 443, gardened, any, accepts, 2, "garden_end_to", "", protocol_tcp, false},
		{subscriber, any, gardened, 25, resets, 2, "garden_end_to", "garden"},
		{subscriber, any, outside, 443, leaves, 1, "", ""},
		{redirected, any, gardened, 25, resets, 2, "garden_end_to", "garden"},
	});
}

TEST_CASE("3. the destination is a relay: accept") {
	check(base(), {
		{subscriber, any, relay, 25, accepts, 3, "resume_from", "relay"},
		{notified, any, relay, 25, accepts, 3, "resume_from", "relay"},
		{redirected, any, relay, 25, accepts, 3, "resume_from", "relay"},
		{relay, 25, subscriber, any, accepts, 3, "resume_to", "relay", protocol_tcp, false},
	});
}

TEST_CASE("4. an exemption of this subscriber: accept") {
	check(base(), {
		{exempt, any, outside, 25, accepts, 4, "resume_from", "exempt"},
		{exempt, any, relay, 25, accepts, 3, "resume_from", "relay"},
		{outside, 25, exempt, any, accepts, 4, "resume_to", "exempt", protocol_tcp, false},
	});
}

TEST_CASE("5. the policy of the longest matching prefix") {
	check(base(), {
		{opened, any, outside, 25, accepts, 5, "policy_open", "open"},
		{inner, any, outside, 25, resets, 5, "policy_block", "block"},
		{redirected, any, outside, 25, redirects, 5, "redirect_same_host", "redirect"},
		{redirected, any, outside, 587, accepts, 2, "resume_from", ""},
		{outside, 25, opened, any, accepts, 5, "policy_open", "open", protocol_tcp, false},
		{outside, 25, inner, any, resets, 5, "inbound", "inbound", protocol_tcp, false},
		{outside, 25, redirected, any, resets, 5, "inbound", "inbound", protocol_tcp, false},
		{opened, any, inner, 25, accepts, 5, "policy_open", "open"}, // the sender's policy
	});
}

TEST_CASE("6. the default policy") {
	check(with_default(PolicyAction::block), {
		{subscriber, any, outside, 25, resets, 6, "policy_block", "block"},
		{subscriber, 25, outside, 25, resets, 6, "policy_block", "block"},
		{outside, 25, subscriber, any, resets, 6, "inbound", "inbound", protocol_tcp, false},
		{outside, 25, subscriber, 25, resets, 6, "inbound", "inbound"},
	});
	check(with_default(PolicyAction::open), {{subscriber, any, outside, 25, accepts, 6, "policy_open", "open"}});
	check(with_default(PolicyAction::redirect), {{subscriber, any, outside, 25, redirects, 6, "redirect_same_host", "redirect"}});
	check(dropping(), {{subscriber, any, outside, 25, drops, 6, "policy_block", "block"}});
}

TEST_CASE("tunnels are treated as port 25 is, when they are not allowed") {
	check(without_tunnels(), {
		{subscriber, 0, outside, 0, drops, 6, "policy_block", "block", 4},
		{subscriber, 0, outside, 0, drops, 6, "policy_block", "block", 41},
		{subscriber, 0, relay, 0, accepts, 3, "resume_from", "relay", 47},
		{exempt, 0, outside, 0, accepts, 4, "resume_from", "exempt", 47},
		{opened, 0, outside, 0, accepts, 5, "policy_open", "open", 41},
		{redirected, 0, outside, 0, drops, 5, "policy_block", "block", 41},
		{port25, 0, outside, 0, drops, 2, "port25_from", "port25_", 41},
		{subscriber, 0, outside, 0, leaves, 1, "", "", 17},
	});
}

TEST_CASE("of two quarantines the one of the longer prefix stands") {
	const Config config = base();
	const Decisions decisions = decisions_for(config);
	Packet packet;
	packet.source = Address::parse("100.64.3.9").value();
	packet.destination = Address::parse("198.51.100.25").value();
	packet.destination_port = port_submission;
	const Decided decided = Policy(config).decide(packet, decisions);
	CHECK(decided.verdict == Verdict::accept);
	CHECK(decided.level == "notify");
	CHECK(decided.decision == 10);
}

TEST_CASE("only an opened connection may be limited, and only at level limit") {
	const Config config = with_default(PolicyAction::open);
	const Decisions decisions = decisions_for(config);
	const Policy policy(config);
	CHECK(policy.decide(packet_of({limited, any, outside, 25, accepts, 6, "", ""}, 0), decisions).may_be_limited);
	CHECK(policy.decide(packet_of({limited, any, outside, 587, accepts, 2, "", ""}, 1), decisions).may_be_limited);
	CHECK(!policy.decide(packet_of({limited, any, outside, 25, accepts, 6, "", "", protocol_tcp, false}, 0), decisions).may_be_limited);
	CHECK(!policy.decide(packet_of({subscriber, any, outside, 25, accepts, 6, "", ""}, 0), decisions).may_be_limited);
	CHECK(!policy.decide(packet_of({outside, 25, limited, any, accepts, 6, "", ""}, 0), decisions).may_be_limited);
}

TEST_CASE("redirect leads to port 587 of the same host, or to one relay for all addresses of a subscriber") {
	Config config = base();
	const Decisions decisions = decisions_for(config);
	for (const std::size_t family : {0U, 1U}) {
		const Packet packet = packet_of({redirected, any, outside, 25, redirects, 5, "", ""}, family);
		const Decided same = Policy(config).decide(packet, decisions);
		CHECK(*same.to == packet.destination);
		CHECK(same.to_port == 587);
	}
	config.port25.redirect_to = RedirectTo::relay;
	for (const char* text : {"192.0.2.25", "192.0.2.26", "2001:db8:25::25", "2001:db8:25::26"})
		config.port25.redirect_relays.push_back(Address::parse(text).value());
	const Policy policy(config);
	Packet packet = packet_of({redirected, any, outside, 25, redirects, 5, "", ""}, 1);
	const Decided first = policy.decide(packet, decisions);
	packet.source = Address::parse("2001:db8:1009:1ff::77").value();
	const Decided second = policy.decide(packet, decisions);
	CHECK(first.chain == "redirect_relay");
	CHECK(*first.to == *second.to);
	CHECK(first.to->family() == Family::ipv6);
}

TEST_CASE("what connection tracking does not take up is refused, not redirected") {
	const Config config = base();
	Packet packet = packet_of({redirected, any, outside, 25, redirects, 5, "", ""}, 0);
	packet.opens = packet.is_trackable = false;
	CHECK(Policy(config).decide(packet, decisions_for(config)).verdict == Verdict::reset);
}

TEST_CASE("a family without a portal of its own is refused in the garden") {
	Config config = with_garden();
	config.garden.portal_ipv6.reset();
	const Decisions decisions = decisions_for(config);
	const Row row{gardened, any, outside, 80, redirects, 2, "", ""};
	CHECK(Policy(config).decide(packet_of(row, 0), decisions).verdict == Verdict::redirect);
	CHECK(Policy(config).decide(packet_of(row, 1), decisions).verdict == Verdict::reset);
}

TEST_CASE("why() says it in a sentence") {
	const Config config = base();
	const Policy policy(config);
	const Decisions decisions = decisions_for(config);
	const auto why = [&](const Row& row) {
		const Packet packet = packet_of(row, 0);
		return policy.why(packet, policy.decide(packet, decisions));
	};
	CHECK(why({outside, any, relay, 25, leaves, 1, "", ""}) == "198.51.100.25 is not in a subscriber prefix");
	CHECK(why({subscriber, any, outside, 443, leaves, 1, "", ""}) == "gate25 does not look at such packets");
	CHECK(why({subscriber, any, outside, 587, leaves, 2, "", ""}) ==
	      "no quarantine refuses port 587, and no policy touches it (RFC 5068)");
	CHECK(why({port25, any, outside, 25, resets, 2, "", ""}) == "quarantine 7 of 100.64.1.5 at level port25 refuses it");
	CHECK(why({port25, any, relay, 25, accepts, 2, "", ""}) == "quarantine 7 of 100.64.1.5 at level port25 leaves the relay reachable");
	CHECK(why({port25, any, outside, 587, accepts, 2, "", ""}) == "quarantine 7 of 100.64.1.5 at level port25 does not touch port 587");
	CHECK(why({subscriber, any, relay, 25, accepts, 3, "", ""}) == "192.0.2.25 is a relay");
	CHECK(why({exempt, any, outside, 25, accepts, 4, "", ""}) == "exemption 7 of 100.64.1.2");
	CHECK(why({opened, any, outside, 25, accepts, 5, "", ""}) == "the policy of 100.64.8.0/24 is open: port 25 may be used");
	CHECK(why({redirected, any, outside, 25, redirects, 5, "", ""}) ==
	      "the policy of 100.64.9.0/24 is redirect: port 25 becomes 587 on 198.51.100.25");
	const Config garden = with_garden();
	const Packet web = packet_of({gardened, any, outside, 80, redirects, 2, "", ""}, 0);
	CHECK(Policy(garden).why(web, Policy(garden).decide(web, decisions)) ==
	      "quarantine 7 of 100.64.1.7 at level garden leads the web to the portal 192.0.2.80");
	CHECK(why({subscriber, any, outside, 25, resets, 6, "", ""}) == "the default policy is block: port 25 only leads to the relay");
}

TEST_CASE("chains and counters carry the digit of the family where the rules have it") {
	Decided decided;
	decided.chain = "port25_from", decided.counter = "port25_";
	CHECK(chain_text(decided, Family::ipv4) == "port25_from4");
	CHECK(counter_text(decided, Family::ipv6) == "port25_6");
	decided.chain = "policy_block", decided.counter = "";
	CHECK(chain_text(decided, Family::ipv6) == "policy_block");
	CHECK(counter_text(decided, Family::ipv6) == "");
}
