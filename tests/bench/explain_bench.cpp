// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many cases per second Policy::decide judges on one core: 100,000 decisions in the agent's own index, the
// configuration of a larger provider, packets of both families, most of them about mail.
#include "core/book.h"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <random>

using namespace gate25;

namespace {

constexpr double goal = 1'000'000; // per second
constexpr std::size_t decisions_count = 100'000, packets_count = 1 << 16;
constexpr int rounds = 20;

Prefix prefix(const char* text) { return Prefix::parse(text).value(); }

Address random_subscriber(std::mt19937_64& random, bool v4) {
	if (v4) return Address::ipv4(0x64400000U | static_cast<std::uint32_t>(random() & 0x3ffff));
	std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8, 0x10};
	for (std::size_t i : {5U, 6U, 15U}) bytes[i] = static_cast<std::uint8_t>(random());
	return Address::from_bytes(bytes);
}

Config config_of_a_provider(std::mt19937_64& random) {
	Config config;
	config.network.subscribers = {prefix("100.64.0.0/10"), prefix("2001:db8:1000::/36")};
	config.network.relays = {prefix("192.0.2.25"), prefix("192.0.2.26"), prefix("2001:db8:25::/64")};
	config.network.further_lengths_ipv4 = {24};
	config.network.further_lengths_ipv6 = {64, 48};
	for (unsigned i = 0; i < 200; ++i)
		config.prefixes.push_back({Prefix::of(random_subscriber(random, i % 2 == 0), i % 2 == 0 ? 22 : 44),
		                           static_cast<PolicyAction>(i % 3)});
	config.garden.enabled = true;
	config.garden.allow = {prefix("192.0.2.0/24"), prefix("2001:db8:25::/48")};
	return config;
}

void fill(Book& book, const Config& config, std::mt19937_64& random) {
	for (std::uint64_t id = 1; book.quarantine_count() + book.exemption_count() < decisions_count; ++id) {
		const Prefix key = subscriber_of(config.network, random_subscriber(random, id % 2 == 0));
		Exemption exemption;
		Quarantine quarantine;
		exemption.id = quarantine.id = id;
		exemption.prefix = quarantine.prefix = key;
		quarantine.level = all_levels[random() % all_levels.size()];
		if (id % 10 == 0) book.put(exemption);
		else book.put(quarantine);
	}
}

std::vector<Packet> random_packets(std::mt19937_64& random) {
	const std::uint16_t ports[] = {25, 25, 25, 465, 587, 80, 443};
	const Address outside[] = {Address::parse("198.51.100.25").value(), Address::parse("2001:db8:f00::25").value()};
	std::vector<Packet> packets(packets_count);
	for (std::size_t i = 0; i < packets.size(); ++i) {
		Packet& packet = packets[i];
		packet.source = random_subscriber(random, i % 2 == 0);
		packet.destination = outside[i % 2];
		packet.destination_port = ports[random() % std::size(ports)];
		if (random() % 4 != 0) continue;
		std::swap(packet.source, packet.destination);
		std::swap(packet.source_port, packet.destination_port);
	}
	return packets;
}

// Of this thread: a busy machine makes no difference.
double processor_seconds() {
	timespec now{};
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double seconds_for(const Policy& policy, const std::vector<Packet>& packets, const Book& book, std::uint64_t& sum) {
	const double start = processor_seconds();
	for (const Packet& packet : packets) sum += policy.decide(packet, book).step;
	return processor_seconds() - start;
}

} // namespace

int main() {
	std::mt19937_64 random(25);
	const Policy policy(config_of_a_provider(random));
	Book book;
	fill(book, policy.config(), random);
	const std::vector<Packet> packets = random_packets(random);
	std::vector<double> rates;
	std::uint64_t sum = 0;
	for (int i = 0; i < rounds; ++i) rates.push_back(static_cast<double>(packets.size()) / seconds_for(policy, packets, book, sum));
	std::sort(rates.begin(), rates.end());
	fmt::print("explain: {:.0f} decisions/s on one core (median of {}, best {:.0f}) among {} decisions; goal {:.0f}: {}\n",
	           rates[rates.size() / 2], rates.size(), rates.back(), book.quarantine_count() + book.exemption_count(), goal,
	           rates[rates.size() / 2] >= goal ? "met" : "missed");
	return sum != 0 && rates.back() >= goal ? 0 : 1;
}
