// SPDX-License-Identifier: GPL-2.0-or-later
//
// Every pair of decisions, one inside the other, at every pair of lengths: the longer prefix decides, in all parts
// of the rules and in both directions. Chance alone comes by the mild levels too seldom.
#include "stage.h"

#include <fmt/format.h>

using namespace gate25;
using namespace gate25::compare;

namespace {

// Nothing, a level, or an exemption, at one length.
using Kind = int;
constexpr std::uint16_t smtp = 25, submission = 587, http = 80, https = 443;
constexpr Kind nothing = 5, exemption = 6, kinds = 7;

Config full_config() {
	Config config = plain_config();
	config.port25.policy = PolicyAction::redirect;
	config.network.further_lengths_ipv4 = {28, 24};
	config.network.further_lengths_ipv6 = {128, 64, 48};
	config.garden.enabled = true;
	config.garden.portal_ipv4 = Address::parse(both_families[0].portal).value();
	config.garden.portal_ipv6 = Address::parse(both_families[1].portal).value();
	config.quarantine.limit = 100;
	return config;
}

void decide(Scene& scene, const Address& subscriber, unsigned length, Kind kind) {
	static std::uint64_t id = 0;
	if (kind == nothing) return;
	const auto level = kind == exemption ? std::nullopt : std::optional(static_cast<Level>(kind));
	scene.decisions.add(Prefix::of(subscriber, length), {++id, level, std::nullopt});
}

// One subscriber for each pair, far enough from the next one for the shortest length.
std::vector<Address> subscribers_with_pairs(Scene& scene, bool v4) {
	const std::vector<unsigned> lengths = v4 ? std::vector{32U, 28U, 24U} : std::vector{128U, 64U, 56U, 48U};
	std::vector<Address> all;
	for (std::size_t outer = 1; outer < lengths.size(); ++outer)
		for (std::size_t inner = 0; inner < outer; ++inner)
			for (Kind inside = 0; inside < kinds; ++inside)
				for (Kind around = 0; around < kinds; ++around) {
					const auto number = static_cast<unsigned>(all.size());
					const std::string text = v4 ? fmt::format("100.80.{}.17", number) : fmt::format("2001:db8:1{:03x}:117::9", number);
					const Address subscriber = Address::parse(text).value();
					decide(scene, subscriber, lengths[inner], inside);
					decide(scene, subscriber, lengths[outer], around);
					all.push_back(subscriber);
				}
	return all;
}

Frame frame_of(const Address& from, std::uint16_t port, const Address& to, std::uint16_t to_port, std::uint8_t flags) {
	Frame frame;
	frame.packet.source = from, frame.packet.source_port = port;
	frame.packet.destination = to, frame.packet.destination_port = to_port;
	frame.flags = flags;
	frame.packet.opens = frame.packet.is_trackable = flags == flag_syn;
	return frame;
}

// To and from the outside, the relay, and a neighbour who sits in the garden.
std::vector<Frame> packets_of(const Address& subscriber, const Names& names) {
	const Address outside = Address::parse(names.outside).value(), relay = Address::parse(names.relay).value();
	const Address jailed = Address::parse(names.subscriber).value();
	std::vector<Frame> frames;
	std::uint16_t port = 2000;
	for (const std::uint16_t to : {smtp, submission, http, https}) frames.push_back(frame_of(subscriber, ++port, outside, to, flag_syn));
	for (const std::uint16_t to : {smtp, https}) frames.push_back(frame_of(subscriber, ++port, jailed, to, flag_syn));
	frames.push_back(frame_of(subscriber, ++port, relay, 25, flag_syn));
	for (const std::uint16_t from : {smtp, submission, https})
		frames.push_back(frame_of(outside, from, subscriber, ++port, flag_syn | flag_ack));
	return frames;
}

} // namespace

TEST_CASE("of two decisions the one of the longer prefix stands, everywhere") {
	for (const Deny deny : {Deny::reset, Deny::drop}) {
		Scene scene;
		scene.config = full_config();
		scene.config.port25.deny = deny;
		std::vector<Address> subscribers[2];
		for (const std::size_t i : {0U, 1U}) {
			subscribers[i] = subscribers_with_pairs(scene, i == 0);
			decide(scene, Address::parse(both_families[i].subscriber).value(), i == 0 ? 32 : 56, static_cast<Kind>(Level::garden));
		}
		Stage stage(scene);
		Oracle oracle(scene, {});
		for (const std::size_t i : {0U, 1U})
			for (const Address& subscriber : subscribers[i]) {
				Firewall::run("flush set inet gate25 resets4; flush set inet gate25 resets6"); // of the neighbour
				for (const Frame& frame : packets_of(subscriber, both_families[i])) {
					const Outcome outcome = stage.send(frame);
					CHECK(difference(outcome.sent, oracle.expect(frame), outcome.seen, outcome.moved) == "");
				}
			}
		MESSAGE(scene.decisions.size(), " decisions");
	}
}
