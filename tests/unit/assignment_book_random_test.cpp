// SPDX-License-Identifier: GPL-2.0-or-later
//
// Random claims for few prefixes by few subscribers, sessions and sources, against a model that spells the rules of
// core/assignment_book.h over a plain list.
#include "core/assignment_book.h"

#include "assignment_model.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <random>

using namespace gate25;
using namespace gate25::test;

namespace {

class Dice {
public:
	explicit Dice(unsigned seed) : engine_(seed) {}
	std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(engine_() % end); }
	bool once_in(std::uint32_t times) { return below(times) == 0; }
	// Nested ones, ones longer than 64 bits, and the same bits with several lengths.
	Prefix prefix() {
		const unsigned host = below(6);
		switch (below(6)) {
		case 0: return Prefix::of(Address::ipv4(0x64400000U), 24 + below(3));
		case 1:
		case 2: return Prefix::host(Address::ipv4(0x64400000U + host));
		case 3: return Prefix::of(*Address::parse("2001:db8:0:" + std::to_string(host) + "00::"), 56 + below(2) * 8);
		case 4: return Prefix::host(*Address::parse("2001:db8:0:100::" + std::to_string(host)));
		default: return Prefix::of(*Address::parse("2001:db8::"), 48);
		}
	}
	PortRange ports() {
		if (!once_in(3)) return {};
		const auto first = static_cast<std::uint16_t>(1024 * below(4));
		return {first, static_cast<std::uint16_t>(first + 1024 * (1 + below(2)) - 1)};
	}
	AssignmentClaim claim(std::int64_t now) {
		AssignmentClaim claim;
		if (once_in(4)) claim.kind = AssignmentClaim::Kind::end;
		if (once_in(60)) claim.kind = AssignmentClaim::Kind::end_server;
		claim.source = static_cast<SourceRank>(below(3));
		if (claim.kind == AssignmentClaim::Kind::hold || once_in(4)) claim.subscriber = "subscriber-" + std::to_string(below(8));
		for (unsigned i = 1 + below(3); i > 0; --i) claim.prefixes.push_back(prefix());
		claim.ports = ports();
		claim.at = UnixTime(Seconds(now - (once_in(4) ? below(30) : 0)));
		if (once_in(2)) claim.until = claim.at + Seconds(below(40));
		if (!once_in(3)) claim.session = 1 + below(12);
		claim.server = below(3);
		return claim;
	}

private:
	std::mt19937 engine_;
};

Address random_address(Dice& dice) {
	return dice.once_in(3) ? dice.prefix().last() : dice.prefix().first();
}

void compare_questions(const AssignmentBook& book, const Model& model, Dice& dice) {
	const Address address = random_address(dice);
	const auto port = dice.once_in(2) ? std::optional(static_cast<std::uint16_t>(512 * dice.below(12))) : std::nullopt;
	REQUIRE(book.find(address, port) == model.find(address, port));
	REQUIRE(book.all_at(address) == model.all_at(address));
	const std::string name = "subscriber-" + std::to_string(dice.below(8));
	const auto held = model.of(name);
	REQUIRE(book.of(subscriber_key(name)) == held);
	REQUIRE(book.holds_any(subscriber_key(name)) == !held.empty());
	REQUIRE(book.name(subscriber_key(name)).has_value() == model.knows(name));
	const Prefix prefix = dice.prefix();
	REQUIRE(book.holder(prefix) == model.holder(prefix));
	const auto source = static_cast<SourceRank>(dice.below(3));
	REQUIRE(book.count(source) == model.count(source));
}

void run(unsigned seed, int steps, int seconds_each) {
	Dice dice(seed);
	AssignmentBook book;
	Model model;
	for (int step = 0; step < steps; ++step) {
		const AssignmentClaim claim = dice.claim(1'700'000'000 + step / 3 * seconds_each);
		CAPTURE(seed);
		CAPTURE(step);
		REQUIRE(text_of(book.take(claim)) == text_of(model.take(claim)));
		compare_questions(book, model, dice);
		if (step % 64 != 0) continue;
		REQUIRE(all_of(book) == model.all());
		REQUIRE(book.size() == model.all().size());
		REQUIRE(book.subscribers() == model.subscribers());
	}
}

} // namespace

TEST_CASE("assignment book: random claims leave what a plain list of assignments has") {
	for (unsigned seed = 1; seed <= 4; ++seed) run(seed, 3000, 2);
	run(5, 2000, 0); // all at the same time
}

TEST_CASE("assignment book: put back from its rows, a book answers as before") {
	Dice dice(25);
	AssignmentBook book, copy;
	for (int step = 0; step < 3000; ++step) book.take(dice.claim(1'700'000'000 + step));
	REQUIRE(book.size() > 10);
	book.each([&](const Assignment& each) { copy.put(each); });
	CHECK(all_of(copy) == all_of(book));
	CHECK(copy.subscribers() == book.subscribers());
	for (int step = 3000; step < 6000; ++step) {
		const AssignmentClaim claim = dice.claim(1'700'010'000 + step);
		REQUIRE(text_of(copy.take(claim)) == text_of(book.take(claim)));
	}
}
