// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reports that are kept whole, and keys.
#include "store_fixture.h"

using namespace gate25;
using namespace gate25::test;

namespace {

using Ids = std::vector<std::uint64_t>;

HeldReport report(std::uint64_t id, std::string bytes) {
	HeldReport made;
	made.id = id;
	made.received = noon;
	made.state = HeldState::waiting;
	made.format = ReportFormat::xarf4;
	made.step = 3;
	made.why = "the key 0123456789ABCDEF is not here yet";
	made.voucher = {"postfix", false, true, true, {"abuse@fbl.example"}};
	made.address = prefix("2001:db8::7").address();
	made.key = "0123456789ABCDEF";
	made.bytes = std::move(bytes);
	made.signature = std::string("\0sig\0", 5);
	return made;
}

} // namespace

TEST_CASE("a report is kept byte for byte, and a list spares its bytes") {
	const TemporaryDirectory directory;
	std::string large(10 << 20, '\0');
	for (std::size_t i = 0; i < large.size(); i += 7) large[i] = static_cast<char>(i * 31);
	HeldReport nothing = report(3, "");
	nothing.address.reset();
	nothing.signature.clear();
	nothing.state = HeldState::aside;
	nothing.format = ReportFormat::unknown;
	nothing.voucher = {"root", true, false, false, {}};
	{
		OpenStore open(directory.path());
		REQUIRE(open.commit({report(1, std::string("a\0b\xff\n", 5)), report(2, large), nothing}).has_value());
	}
	OpenStore open(directory.path());
	const StoredState state = open.load(at_noon);
	CHECK(state.next_id == 4);
	REQUIRE(ids(state.held) == Ids{1, 2, 3});
	for (const HeldReport& held : state.held) CHECK(held.bytes.empty());
	CHECK(state.held[1].size == large.size());
	const auto first = open.held_report(1);
	REQUIRE(first.has_value());
	CHECK(first->bytes == std::string("a\0b\xff\n", 5));
	CHECK(first->signature == std::string("\0sig\0", 5));
	CHECK(first->size == 5);
	CHECK(first->received == noon);
	CHECK(first->state == HeldState::waiting);
	CHECK(first->format == ReportFormat::xarf4);
	CHECK(first->step == 3);
	CHECK(first->why == "the key 0123456789ABCDEF is not here yet");
	CHECK(first->voucher.user == "postfix");
	CHECK(!first->voucher.is_desk);
	CHECK(first->voucher.is_named);
	CHECK(first->voucher.is_mail);
	CHECK(first->voucher.signers == std::vector<std::string>{"abuse@fbl.example"});
	CHECK(first->address == prefix("2001:db8::7").address());
	CHECK(first->key == "0123456789ABCDEF");
	CHECK(!first->ended);
	CHECK((open.held_report(2)->bytes == large));
	const auto third = open.held_report(3);
	CHECK(third->bytes.empty());
	CHECK(third->size == 0);
	CHECK(!third->address);
	CHECK(third->voucher.is_desk);
	CHECK(third->voucher.signers.empty());
	const auto missing = open.held_report(4);
	REQUIRE(!missing.has_value());
	CHECK(missing.error().kind == ErrorKind::not_found);
	CHECK(missing.error().text == "no report with number 4 is kept");
}

TEST_CASE("a report that is closed keeps its bytes, without writing them again, and is forgotten in time") {
	const TemporaryDirectory directory;
	const std::string bytes(1 << 20, 'x');
	OpenStore open(directory.path());
	REQUIRE(open.commit({report(1, bytes), report(2, "two"), report(3, "three")}).has_value());
	StoredState state = open.load(at_noon);
	REQUIRE(state.held.size() == 3);
	const auto log = [&] { return std::filesystem::file_size(directory.database() + "-wal"); };
	REQUIRE(open.commit({audit(50, "")}).has_value());
	const auto before = log();
	for (HeldReport& held : state.held) {
		held.state = held.id == 3 ? HeldState::waiting : HeldState::closed;
		held.ended = held.id == 3 ? std::nullopt : std::optional(noon + Seconds{held.id == 1 ? 10 : 20});
		held.ended_by = "uid 1000 (anna)";
		held.ended_reason = "seen";
		held.key = "";
	}
	REQUIRE(open.commit({state.held.begin(), state.held.end()}).has_value());
	CHECK(log() < before + bytes.size());
	const auto closed = open.held_report(1);
	REQUIRE(closed.has_value());
	CHECK((closed->bytes == bytes));
	CHECK(closed->size == bytes.size());
	CHECK(closed->signature == std::string("\0sig\0", 5));
	CHECK(closed->state == HeldState::closed);
	CHECK(closed->ended == noon + Seconds{10});
	CHECK(closed->ended_by == "uid 1000 (anna)");
	CHECK(closed->ended_reason == "seen");
	CHECK(closed->key.empty());
	CHECK(ids(open.load(at_noon).held) == Ids{3});
	open.store->prune(noon + Seconds{15});
	ask_until([&] { return !open.held_report(1).has_value(); });
	CHECK(open.held_report(2).has_value());
	open.store->prune(noon + Seconds{1'000'000});
	ask_until([&] { return !open.held_report(2).has_value(); });
	// Nobody has seen it.
	CHECK(open.held_report(3)->bytes == "three");
	CHECK(open.load(at_noon).next_id == 51);
}

TEST_CASE("a key is found as it was fetched last, also that there is none") {
	const TemporaryDirectory directory;
	const std::string bytes("\x99\0key\0", 6);
	{
		OpenStore open(directory.path());
		REQUIRE(open.commit({StoredKey{"AA", noon, bytes}, StoredKey{"BB", noon, ""}}).has_value());
		REQUIRE(open.commit({StoredKey{"BB", noon + Seconds{5}, "now it has"}, StoredKey{"CC", noon, ""}}).has_value());
	}
	OpenStore open(directory.path());
	CHECK(open.load(at_noon).next_id == 1);
	REQUIRE(open.find_key("AA").has_value());
	CHECK(open.find_key("AA")->key == "AA");
	CHECK(open.find_key("AA")->fetched == noon);
	CHECK(open.find_key("AA")->bytes == bytes);
	CHECK(open.find_key("BB")->bytes == "now it has");
	CHECK(open.find_key("BB")->fetched == noon + Seconds{5});
	CHECK(open.find_key("CC")->bytes.empty());
	CHECK(!open.find_key("DD"));
}
