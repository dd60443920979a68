// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an alert finds for its subscriber: what stands, and what stood.
#include "intake_fixture.h"

using namespace gate25;

TEST_CASE_FIXTURE(IntakeFixture, "who is released with all of a prefix is let alone as one who is released himself") {
	config = std::string(plain_config) + "further_lengths_ipv4 = [24]\nfurther_lengths_ipv6 = [48]\n";
	REQUIRE(start());
	for (const auto& [prefix, address] : {std::pair("100.64.1.0|24", "100.64.1.5"), std::pair("2001:db8:1000::|48", "2001:db8:1000:7::9")}) {
		std::string spelt = prefix;
		spelt[spelt.find('|')] = '/';
		REQUIRE(ask("POST", "v1/quarantines", fmt::format(R"({{"prefix":"{}"}})", spelt))->status == 201);
		REQUIRE(ask("DELETE", std::string("v1/quarantines/") + prefix)->status == 200);
		CHECK(report(arf(address, address)).at("step") == 12);
	}
	CHECK(report(arf("100.64.2.5", "x@x")).at("step") == 16);
}

TEST_CASE_FIXTURE(IntakeFixture, "an alert makes a person's quarantine stricter, not shorter, and the audit keeps what it was") {
	REQUIRE(start());
	REQUIRE(ask("POST", "v1/quarantines", R"({"prefix":"100.64.1.2","level":"limit","seconds":null,"reason":"by phone","ticket":"T-1"})")->status == 201);
	CHECK(report(arf("100.64.1.2")).at("step") == 16);
	const auto stands = agent.book().find_quarantine(*Prefix::parse("100.64.1.2"));
	REQUIRE(stands);
	CHECK(stands->level == Level::port25);
	CHECK_FALSE(stands->until);
	CHECK(stands->ticket == "T-1");
	CHECK(store.audit.rbegin()->second.what == "quarantine changed");
	CHECK(store.audit.rbegin()->second.why.find("by phone") != std::string::npos);
}

TEST_CASE_FIXTURE(IntakeFixture, "a month of monitoring makes the first real quarantine no longer") {
	config = std::string(plain_config) + "\n[alerts]\nmode = \"monitor\"\n";
	REQUIRE(start());
	report(arf("100.64.1.2"));
	config = plain_config;
	REQUIRE(ask("POST", "v1/reload")->status == 200);
	report(arf("100.64.1.2", "2@x"));
	const auto stands = agent.book().find_quarantine(*Prefix::parse("100.64.1.2"));
	REQUIRE(stands);
	REQUIRE(stands->until);
	CHECK(remaining(*stands->until, clock.now()) == std::chrono::hours{24});
	CHECK(store.quarantines.begin()->second.ended_by == expired_by);
}

TEST_CASE_FIXTURE(IntakeFixture, "what ends late does not end the quarantine that followed") {
	Memory memory;
	Book book;
	std::uint64_t next_id = 10;
	Quarantine first, second;
	first.id = 1;
	second.id = 2;
	first.prefix = second.prefix = *Prefix::parse("100.64.1.2");
	Transaction transaction(book, memory, next_id, clock.now());
	transaction.put(second); // the first one has expired and left the book
	transaction.end(first, std::string(expired_by), "its time was over");
	REQUIRE(book.find_quarantine(second.prefix));
	CHECK(book.find_quarantine(second.prefix)->id == 2);
	CHECK(transaction.moved().size() == 1);
	transaction.undo();
	CHECK_FALSE(book.find_quarantine(second.prefix));
}
