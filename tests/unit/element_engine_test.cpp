// SPDX-License-Identifier: GPL-2.0-or-later
//
// The element engine against the kernel, in a network namespace of its own.
#include "agent_fixture.h"
#include "edge/kernel/monitor.h"
#include "edge/kernel/nft.h"
#include "edge/kernel/nft_kernel.h"

#include <cerrno>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

using namespace gate25;

namespace {

// This thread's network namespace is a fresh one until the end of the test.
class FreshNetwork {
public:
	FreshNetwork() : before_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)), is_fresh_(unshare(CLONE_NEWNET) == 0) {
		if (!is_fresh_) MESSAGE("left out: a network namespace needs root");
	}
	~FreshNetwork() {
		if (is_fresh_) (void)setns(before_, CLONE_NEWNET);
		close(before_);
	}
	bool is_fresh() const { return is_fresh_; }

private:
	int before_;
	bool is_fresh_;
};

std::unique_ptr<NftKernel> kernel_with_rules() {
	auto kernel = NftKernel::open();
	REQUIRE(kernel);
	const auto installed = (*kernel)->install(rules_of_the_tree().at("gate25.nft"));
	REQUIRE_MESSAGE(installed, (installed ? "" : installed.error().text));
	return std::move(*kernel);
}

constexpr DecisionSet port25_4{Level::port25, Family::ipv4, 0};
constexpr DecisionSet mail_4{Level::mail, Family::ipv4, 0};

ElementChange change(ElementChange::Op op, const DecisionSet& set, std::uint32_t number,
                     std::optional<Milliseconds> timeout = Milliseconds(3600000)) {
	return {op, set, Address::ipv4(0x64400000 + number), timeout};
}

ElementChange add(std::uint32_t number) { return change(ElementChange::Op::add, port25_4, number); }

ElementSource these(std::vector<ElementChange> changes) {
	return [changes = std::move(changes)](const auto& visit) {
		for (const ElementChange& change : changes) visit(change);
	};
}

// Lines of `nft list set` that hold the address; JSON is not needed to see that it is there.
std::string listed(const char* set) {
	auto text = query_nft(std::string("list set inet gate25 ") + set, false);
	REQUIRE(text);
	return *text;
}

bool is_in(const char* set, std::uint32_t number) {
	const std::string text = listed(set), address = Address::ipv4(0x64400000 + number).text();
	const std::size_t at = text.find(address);
	return at != std::string::npos && std::isdigit(static_cast<unsigned char>(text[at + address.size()])) == 0;
}

} // namespace

TEST_CASE("elements come and go, and removing what is not there is no error") {
	const FreshNetwork network;
	if (!network.is_fresh()) return;
	const auto kernel = kernel_with_rules();
	CHECK(kernel->apply({add(1), add(2)}).empty());
	CHECK(is_in("quarantine4_port25", 1));
	CHECK(kernel->apply({change(ElementChange::Op::remove, port25_4, 1), change(ElementChange::Op::remove, port25_4, 9)}).empty());
	CHECK_FALSE(is_in("quarantine4_port25", 1));
	CHECK_FALSE(is_in("quarantine4_port25", 9));
	CHECK(is_in("quarantine4_port25", 2));
}

TEST_CASE("renewing gives the new time, whether longer, shorter or none") {
	const FreshNetwork network;
	if (!network.is_fresh()) return;
	const auto kernel = kernel_with_rules();
	REQUIRE(kernel->apply({add(1)}).empty());
	CHECK(kernel->apply({change(ElementChange::Op::renew, port25_4, 1, Milliseconds(7200000))}).empty());
	CHECK(listed("quarantine4_port25").find("timeout 2h") != std::string::npos);
	CHECK(kernel->apply({change(ElementChange::Op::renew, port25_4, 1, Milliseconds(60000))}).empty());
	CHECK(listed("quarantine4_port25").find("timeout 1m") != std::string::npos);
	CHECK(kernel->apply({change(ElementChange::Op::renew, port25_4, 1, std::nullopt)}).empty());
	CHECK(listed("quarantine4_port25").find("100.64.0.1 }") != std::string::npos);
}

TEST_CASE("one bad element harms no other") {
	const FreshNetwork network;
	if (!network.is_fresh()) return;
	const auto kernel = kernel_with_rules();
	std::vector<ElementChange> changes;
	for (std::uint32_t i = 1; i <= 2500; ++i) changes.push_back(add(i));
	changes[1234].key = *Address::parse("2001:db8::1"); // sixteen bytes do not fit a set of four
	const auto failures = kernel->apply(changes);
	REQUIRE(failures.size() == 1);
	CHECK(failures.front().change.key.text() == "2001:db8::1");
	for (const std::uint32_t i : {1U, 1234U, 1236U, 2500U}) CHECK(is_in("quarantine4_port25", i));
	CHECK_FALSE(is_in("quarantine4_port25", 1235));
}

TEST_CASE("a missing set is named, and the rest of the batch is in") {
	const FreshNetwork network;
	if (!network.is_fresh()) return;
	const auto kernel = kernel_with_rules();
	const DecisionSet missing{Level::mail, Family::ipv4, 29};
	const auto failures = kernel->apply({add(1), change(ElementChange::Op::add, missing, 2), add(3)});
	REQUIRE(failures.size() == 1);
	CHECK(failures.front().error.text == "the set quarantine4_29_mail is missing in the kernel");
	CHECK(is_in("quarantine4_port25", 1));
	CHECK(is_in("quarantine4_port25", 3));
}

TEST_CASE("a full set is named") {
	const FreshNetwork network;
	if (!network.is_fresh()) return;
	auto kernel = NftKernel::open();
	REQUIRE(kernel);
	REQUIRE((*kernel)->install("table inet gate25 {\n set quarantine4_port25 { type ipv4_addr; size 10; flags timeout; }\n}\n"));
	std::vector<ElementChange> changes;
	for (std::uint32_t i = 1; i <= 12; ++i) changes.push_back(add(i));
	const auto failures = (*kernel)->apply(changes);
	REQUIRE(failures.size() == 2);
	CHECK(failures.front().error.text == "the set quarantine4_port25 is full");
}

TEST_CASE("sets are replaced as a whole: strangers go, what is wanted comes") {
	const FreshNetwork network;
	if (!network.is_fresh()) return;
	const auto kernel = kernel_with_rules();
	REQUIRE(kernel->apply({add(1), add(2), change(ElementChange::Op::add, mail_4, 3)}).empty());
	CHECK(kernel->replace({port25_4, mail_4}, these({add(2), add(4)})));
	CHECK_FALSE(is_in("quarantine4_port25", 1));
	CHECK(is_in("quarantine4_port25", 2));
	CHECK(is_in("quarantine4_port25", 4));
	CHECK_FALSE(is_in("quarantine4_mail", 3));
}

TEST_CASE("the guard holds what the main table holds, and a foreign flush passes it by") {
	const FreshNetwork network;
	if (!network.is_fresh()) return;
	const auto kernel = kernel_with_rules();
	const auto text = guard_text(rules_of_the_tree(), Policy(read_config(plain_config).config));
	REQUIRE(text);
	const auto installed = kernel->install_guard(*text, {port25_4}, these({add(1)}));
	REQUIRE_MESSAGE(installed, (installed ? "" : installed.error().text));
	CHECK(kernel->apply({add(2)}).empty());
	CHECK(is_in("quarantine4_port25", 2));
	REQUIRE(run_nft("flush ruleset")); // another socket: a stranger
	CHECK_FALSE(kernel->shape()->exists);
	const auto guard = query_nft("list set inet gate25_guard quarantine4_port25", false);
	REQUIRE(guard);
	CHECK(guard->find("100.64.0.1 ") != std::string::npos);
	CHECK(guard->find("100.64.0.2 ") != std::string::npos);
}

TEST_CASE("behind a guard sets are replaced in batches, exemptions and several thousands included") {
	const FreshNetwork network;
	if (!network.is_fresh()) return;
	const auto kernel = kernel_with_rules();
	const auto text = guard_text(rules_of_the_tree(), Policy(read_config(plain_config).config));
	REQUIRE(text);
	const DecisionSet exempt_4{std::nullopt, Family::ipv4, 0};
	REQUIRE(kernel->install_guard(*text, {port25_4, mail_4, exempt_4}, these({add(1)})));
	REQUIRE(kernel->apply({add(1), change(ElementChange::Op::add, exempt_4, 9000)}).empty());
	std::vector<ElementChange> wanted;
	for (std::uint32_t i = 2; i <= 2503; ++i) wanted.push_back(change(ElementChange::Op::add, i % 2 == 0 ? port25_4 : mail_4, i));
	wanted.push_back(change(ElementChange::Op::add, exempt_4, 9001));
	REQUIRE(kernel->replace({port25_4, mail_4, exempt_4}, these(wanted)));
	CHECK_FALSE(is_in("quarantine4_port25", 1));
	for (const std::uint32_t i : {2U, 1002U, 2502U}) CHECK(is_in("quarantine4_port25", i));
	for (const std::uint32_t i : {3U, 1003U, 2503U}) CHECK(is_in("quarantine4_mail", i));
	CHECK_FALSE(is_in("exempt4", 9000));
	CHECK(is_in("exempt4", 9001));
}

TEST_CASE("the shape of the table counts its rules") {
	const FreshNetwork network;
	if (!network.is_fresh()) return;
	const auto kernel = kernel_with_rules();
	const std::size_t rules = kernel->shape()->rules;
	CHECK(rules > 50);
	REQUIRE(std::system("nft add rule inet gate25 deny_reset counter") == 0);
	CHECK(kernel->shape()->rules == rules + 1);
	REQUIRE(std::system("nft flush chain inet gate25 deny_reset") == 0);
	CHECK(kernel->shape()->rules < rules);
}

TEST_CASE("the monitor names who changed the table, and is quiet about ourselves and about others' tables") {
	const FreshNetwork network;
	if (!network.is_fresh()) return;
	std::vector<std::string> culprits;
	auto monitor = TableMonitor::open([&](const std::string& culprit) { culprits.push_back(culprit); }, [] {});
	REQUIRE(monitor);
	const auto kernel = kernel_with_rules();
	REQUIRE(kernel->apply({add(1)}).empty());
	REQUIRE(std::system("nft add table inet other") == 0);
	(*monitor)->read();
	CHECK(culprits.empty());
	REQUIRE(std::system("nft flush set inet gate25 quarantine4_port25") == 0);
	(*monitor)->read();
	REQUIRE(culprits.size() == 1);
	CHECK(culprits.front().starts_with("nft, pid "));
}

TEST_CASE("the monitor is not woken by sockets that it was told to ignore, and by everybody else it is") {
	const FreshNetwork network;
	if (!network.is_fresh()) return;
	std::vector<std::string> culprits;
	auto monitor = TableMonitor::open([&](const std::string& culprit) { culprits.push_back(culprit); }, [] {});
	REQUIRE(monitor);
	const auto kernel = kernel_with_rules();
	(*monitor)->read();
	const auto is_woken = [&] {
		pollfd waiting{(*monitor)->fd(), POLLIN, 0};
		return poll(&waiting, 1, 0) == 1;
	};
	REQUIRE(kernel->apply({add(1)}).empty());
	CHECK(is_woken());
	(*monitor)->read();
	(*monitor)->ignore(kernel->own_ports());
	REQUIRE(kernel->apply({add(2)}).empty());
	CHECK_FALSE(is_woken());
	REQUIRE(std::system("nft add element inet gate25 quarantine4_port25 { 100.64.0.7 }") == 0);
	CHECK(is_woken());
	(*monitor)->read();
	REQUIRE(culprits.size() == 1);
	CHECK(culprits.front().starts_with("nft, pid "));
}
