// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab.h"
#include "scene.h"

namespace gate25::compare {
namespace {

std::uint16_t random_port(Dice& dice) {
	const std::size_t die = dice.below(100);
	if (die < 45) return 25;
	if (die < 55) return 465;
	if (die < 70) return 587;
	return die < 85 ? 80 : dice.port();
}

// A question mostly: a known port to go to, any port to come from. Sometimes an answer, sometimes both known.
void choose_ports(Dice& dice, Packet& packet) {
	packet.source_port = dice.port();
	packet.destination_port = random_port(dice);
	const std::size_t die = dice.below(100);
	if (die < 30) std::swap(packet.source_port, packet.destination_port);
	else if (die < 40) packet.source_port = random_port(dice);
}

void choose_protocol(Dice& dice, Frame& frame) {
	const bool v4 = frame.packet.source.family() == Family::ipv4;
	const std::size_t die = dice.below(100);
	if (die < 82) frame.packet.protocol = protocol_tcp;
	else if (die < 86) frame.packet.protocol = protocol_udp;
	else if (die < 90) frame.packet.protocol = v4 ? protocol_icmp : protocol_icmp6;
	else frame.packet.protocol = dice.of<std::uint8_t>({4, 41, 47});
	if (frame.packet.protocol == protocol_tcp)
		frame.flags = dice.of<std::uint8_t>({flag_syn, flag_syn, flag_syn, flag_syn, flag_ack, flag_ack, flag_ack, flag_syn | flag_ack,
		                                     flag_fin | flag_ack, flag_rst, flag_rst | flag_ack});
	frame.packet.opens = frame.flags == flag_syn;
	frame.packet.is_trackable = frame.flags == flag_syn || frame.flags == flag_ack;
}

// From a subscriber mostly, and often from the same one, so that he comes to the limit of level limit.
void choose_ends(Dice& dice, const Places& places, Packet& packet) {
	do {
		const std::size_t die = dice.below(100);
		packet.source = die < 25 ? places.subscribers.front() : die < 70 ? places.subscriber(dice) : places.any(dice);
		packet.destination = die % 2 == 0 || die >= 90 ? places.any(dice) : places.subscriber(dice);
	} while (packet.source == packet.destination || !Lab::is_usable(packet.source) || !Lab::is_usable(packet.destination));
}

} // namespace

Frame repeated(Dice& dice, const Frame& before, std::uint32_t id) {
	Frame frame = before;
	frame.id = id;
	if (dice.chance(70) && frame.packet.source_port >= 1024) frame.packet.source_port = dice.port();
	return frame;
}

Frame random_frame(Dice& dice, const Scene& scene, std::uint32_t id) {
	Frame frame;
	frame.id = id;
	choose_ends(dice, scene.places[dice.below(2)], frame.packet);
	choose_ports(dice, frame.packet);
	choose_protocol(dice, frame);
	const bool v4 = frame.packet.source.family() == Family::ipv4;
	if (dice.chance(20)) frame.dress = v4 ? Dress::options : dice.of({Dress::options, Dress::atomic_fragment});
	return frame;
}

} // namespace gate25::compare
