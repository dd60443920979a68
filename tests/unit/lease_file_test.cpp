// SPDX-License-Identifier: GPL-2.0-or-later
//
// Files of leases that somebody writes while they are read.
#include "edge/sources/lease_file.h"
#include "store_fixture.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fmt/format.h>
#include <fstream>

using namespace gate25;
using namespace gate25::test;

namespace {

constexpr Milliseconds too_long{20'000};
const std::string header = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n";

std::string kea_line(unsigned number, const std::string& hwaddr = "02:00:00:00:00:01") {
	return fmt::format("{},{},,3600,1795362261,1,0,0,,0,\n", Address::ipv4(0x64400000 + number).text(), hwaddr);
}

// All that a file has shown, in the order of its pieces.
struct Reading {
	explicit Reading(LeaseKind kind) : kind_(kind), path(directory.path() + "/leases") {}
	void open(Milliseconds look = Milliseconds(60'000)) {
		LeaseFileOptions options;
		options.path = path;
		options.is_journal = kind_ == LeaseKind::kea_file;
		options.speaks_when_quiet = kind_ == LeaseKind::csv;
		options.settle = Milliseconds(5);
		options.look = look;
		options.handler = [this](LeasePiece piece, LeasesTaken taken) {
			++pieces;
			if (piece.begins) leases.clear(), ++begun;
			for (Lease& lease : piece.leases) leases.push_back(std::move(lease));
			bad += piece.bad;
			if (!piece.problem.empty()) problem = piece.problem;
			if (piece.is_whole) ++whole;
			if (is_holding) held = std::move(taken);
			else taken();
		};
		file = std::make_unique<LeaseFile>(loop, std::move(options), lease_reader(kind_, LeaseName::hw_address));
	}
	void write(const std::string& text, const std::string& suffix = "", std::ios::openmode mode = std::ios::trunc) const {
		std::ofstream(path + suffix, std::ios::binary | mode) << text;
	}
	// As a program does that knows its trade.
	void replace(const std::string& text) const {
		write(text, ".new");
		std::filesystem::rename(path + ".new", path);
	}
	bool comes(const std::function<bool()>& condition) { return loop.run_until(condition, too_long); }
	bool shows(const std::string& wanted) {
		return comes([&] { return text() == wanted; });
	}
	std::string text() const {
		std::string out;
		for (const Lease& lease : leases) out += (out.empty() ? "" : " ") + lease.prefix.text() + '=' + lease.subscriber;
		return out;
	}

	TemporaryDirectory directory;
	Loop loop;
	std::vector<Lease> leases; // since the last begin
	unsigned pieces = 0, begun = 0, whole = 0;
	std::uint64_t bad = 0;
	std::string problem;
	bool is_holding = false;
	LeasesTaken held;
	std::unique_ptr<LeaseFile> file;

private:
	LeaseKind kind_;

public:
	std::string path;
};

} // namespace

TEST_CASE("a list is read, and again when another one takes its place, or it is written anew") {
	Reading reading(LeaseKind::csv);
	reading.write("prefix,subscriber\n203.0.113.7,anna\n2001:db8::/56,anna\n");
	reading.open();
	CHECK(reading.shows("203.0.113.7=anna 2001:db8::/56=anna"));
	CHECK(reading.comes([&] { return reading.whole == 1; }));
	reading.replace("prefix,subscriber\n203.0.113.8,bert\n");
	CHECK(reading.shows("203.0.113.8=bert"));
	CHECK(reading.comes([&] { return reading.whole == 2; }));
	reading.write("prefix,subscriber\n203.0.113.9,carl\n");
	CHECK(reading.shows("203.0.113.9=carl"));
	CHECK(reading.bad == 0);
	CHECK(reading.problem.empty());
}

TEST_CASE("half a list is no list: a line without its newline, an empty file, one that is gone") {
	Reading reading(LeaseKind::csv);
	reading.write("prefix,subscriber\n203.0.113.7,ann");
	reading.open();
	CHECK(reading.comes([&] { return reading.problem.find("ends without a newline") != std::string::npos; }));
	CHECK(reading.whole == 0);
	reading.write("a\n", "", std::ios::app);
	CHECK(reading.comes([&] { return reading.whole == 1; }));
	CHECK(reading.text() == "203.0.113.7=anna");
	reading.write("");
	CHECK(reading.comes([&] { return reading.problem.find("is empty") != std::string::npos; }));
	std::filesystem::remove(reading.path);
	CHECK(reading.comes([&] { return reading.problem.find("No such file") != std::string::npos; }));
	CHECK(reading.whole == 1);
	std::filesystem::create_directory(reading.path);
	CHECK(reading.comes([&] { return reading.problem.find("no plain file") != std::string::npos; }));
}

TEST_CASE("a bad line is told with its place, and the rest is read") {
	Reading reading(LeaseKind::csv);
	reading.write("prefix,subscriber\n203.0.113.7,anna\nnowhere,bert\n203.0.113.9,carl\n" + std::string(20'000, 'x') + "\n203.0.113.10,dora\n");
	reading.open();
	CHECK(reading.comes([&] { return reading.whole == 1; }));
	CHECK(reading.text() == "203.0.113.7=anna 203.0.113.9=carl 203.0.113.10=dora");
	CHECK(reading.bad == 2);
	CHECK(reading.problem.find(reading.path + ":3: ") == 0);
	CHECK(reading.problem.find("nowhere") != std::string::npos);
}

TEST_CASE("a list that nobody changes is still heard of") {
	Reading reading(LeaseKind::csv);
	reading.write("prefix,subscriber\n");
	reading.open(Milliseconds(5));
	CHECK(reading.comes([&] { return reading.pieces >= 4; }));
	CHECK(reading.begun == 1);
	CHECK(reading.whole == 1);
}

TEST_CASE("a list that changes while it is read is read again") {
	Reading reading(LeaseKind::csv);
	std::string list = "prefix,subscriber\n";
	for (unsigned i = 0; i < 3000; ++i) list += Address::ipv4(0x64400000 + i).text() + ",s\n";
	reading.write(list);
	reading.is_holding = true;
	reading.open();
	CHECK(reading.comes([&] { return reading.held != nullptr; }));
	reading.write("prefix,subscriber\n203.0.113.7,anna\n");
	reading.is_holding = false;
	reading.held();
	CHECK(reading.comes([&] { return reading.whole == 1; }));
	CHECK(reading.text() == "203.0.113.7=anna");
	CHECK(reading.begun == 2);
}

TEST_CASE("a directory that comes later is found") {
	Reading reading(LeaseKind::dnsmasq);
	reading.path = reading.directory.path() + "/later/leases";
	reading.open(Milliseconds(5));
	CHECK(reading.comes([&] { return reading.problem.find("No such file") != std::string::npos; }));
	std::filesystem::create_directory(reading.directory.path() + "/later");
	reading.write("1795362261 02:00:00:00:00:01 100.64.1.20 * *\nduid 00:01\n1795362261 7 2001:db8::20 * 00:03:00:01:02:00:00:00:00:01\n");
	CHECK(reading.shows("100.64.1.20=02:00:00:00:00:01 2001:db8::20=02:00:00:00:00:01"));
}

TEST_CASE("a journal is followed, also in the middle of a line") {
	Reading reading(LeaseKind::kea_file);
	reading.write(header + kea_line(1));
	reading.open();
	CHECK(reading.comes([&] { return reading.whole == 1; }));
	CHECK(reading.leases.size() == 1);
	const std::string next = kea_line(2);
	reading.write(next.substr(0, 20), "", std::ios::app);
	reading.write(next.substr(20) + "nonsense\n" + kea_line(3), "", std::ios::app);
	CHECK(reading.comes([&] { return reading.leases.size() == 3; }));
	CHECK(reading.begun == 1);
	CHECK(reading.bad == 1);
	CHECK(reading.problem.find(reading.path + ":4: ") == 0);
}

TEST_CASE("a journal that is cut or replaced is read anew") {
	Reading reading(LeaseKind::kea_file);
	reading.write(header + kea_line(1) + kea_line(2));
	reading.open();
	CHECK(reading.comes([&] { return reading.whole == 1; }));
	reading.write(header);
	CHECK(reading.comes([&] { return reading.whole >= 2 && reading.leases.empty(); }));
	reading.replace(header + kea_line(5));
	CHECK(reading.shows("100.64.0.5=02:00:00:00:00:01"));
}

TEST_CASE("Kea cleans its journal up, and nothing is lost in any step of it") {
	Reading reading(LeaseKind::kea_file);
	reading.write(header + kea_line(1), ".2");
	reading.write(header + kea_line(2));
	reading.open();
	CHECK(reading.shows("100.64.0.1=02:00:00:00:00:01 100.64.0.2=02:00:00:00:00:01"));
	// The server begins a new journal...
	std::filesystem::rename(reading.path, reading.path + ".1");
	reading.write(header + kea_line(3));
	const std::string all = "100.64.0.1=02:00:00:00:00:01 100.64.0.2=02:00:00:00:00:01 100.64.0.3=02:00:00:00:00:01";
	CHECK(reading.shows(all));
	// ...and the cleaner puts together what was before.
	reading.write(header + kea_line(1) + kea_line(2), ".output");
	std::filesystem::rename(reading.path + ".output", reading.path + ".completed");
	reading.file->restart();
	const unsigned before = reading.begun;
	CHECK(reading.comes([&] { return reading.begun > before && reading.text() == all; }));
	std::filesystem::remove(reading.path + ".1");
	std::filesystem::remove(reading.path + ".2");
	std::filesystem::rename(reading.path + ".completed", reading.path + ".2");
	reading.write(kea_line(4), "", std::ios::app);
	CHECK(reading.shows(all + " 100.64.0.4=02:00:00:00:00:01"));
	reading.file->restart();
	CHECK(reading.comes([&] { return reading.begun > before + 1 && reading.leases.size() == 4; }));
	CHECK(reading.bad == 0);
}

TEST_CASE("a server that died within a line of the journal before has written one bad line") {
	Reading reading(LeaseKind::kea_file);
	reading.write(header + kea_line(1) + "100.64.0.9,02:0", ".1");
	reading.write(header + kea_line(2));
	reading.open();
	CHECK(reading.comes([&] { return reading.whole == 1; }));
	CHECK(reading.text() == "100.64.0.1=02:00:00:00:00:01 100.64.0.2=02:00:00:00:00:01");
	CHECK(reading.bad == 1);
	CHECK(reading.problem.find(reading.path + ".1:3: ") == 0);
}

TEST_CASE("a big file comes in small pieces") {
	Reading reading(LeaseKind::kea_file);
	std::string text = header;
	for (unsigned i = 0; i < 20'000; ++i) text += kea_line(i);
	reading.write(text);
	reading.open();
	CHECK(reading.comes([&] { return reading.whole == 1; }));
	CHECK(reading.leases.size() == 20'000);
	CHECK(reading.pieces > 20);
}
