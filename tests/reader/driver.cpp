// SPDX-License-Identifier: GPL-2.0-or-later
//
// reader_driver [OPTION VALUE]... FILE...: hands files to the pool and prints what came back, one JSON object for each in
// their order, then the pool's health. For the tests that need keys, servers, or a reader to be looked at.
//   --home DIR     of the provider's keys         --server URL       a key server
//   --key FILE     beside those, may be repeated  --signature FILE   detached, of every file
//   --fetch KEY    ask the key server instead     --deadline MS      --jobs N   for each process
//   --scratch DIR  --hold yes   wait for the end of the input before letting go of the pool
#include "edge/reader/reader_pool.h"
#include "wire/reading.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <map>
#include <unistd.h>

using namespace gate25;
namespace json = boost::json;

namespace {

std::string content(const std::string& file) {
	std::ifstream in(file, std::ios::binary);
	if (!in) throw std::runtime_error("cannot read " + file);
	return {std::istreambuf_iterator<char>(in), {}};
}

json::object error_object(const Error& error) {
	return {{"error", static_cast<int>(error.kind)}, {"text", error.text}};
}

json::object reading_object(const Result<Reading>& reading) {
	if (!reading) return error_object(reading.error());
	json::array reports;
	std::string lines = spell_reading(*reading);
	for (auto end = lines.find('\n'); end != lines.npos;) {
		const auto next = lines.find('\n', end + 1);
		reports.push_back(json::parse(std::string_view(lines).substr(end + 1, next == lines.npos ? next : next - end - 1)));
		end = next;
	}
	return {{"reports", reports}, {"passed_over", reading->passed_over}};
}

struct Wanted {
	ReaderOptions options;
	std::vector<std::string> files, keys;
	std::string signature, fetch;
	bool is_held = false;
};

Wanted parse(int argc, char** argv) {
	Wanted wanted;
	const std::map<std::string, std::function<void(const std::string&)>> options{
	    {"--home", [&](const auto& value) { wanted.options.openpgp.home = value; }},
	    {"--server", [&](const auto& value) { wanted.options.openpgp.server = value; }},
	    {"--key", [&](const auto& value) { wanted.keys.push_back(content(value)); }},
	    {"--signature", [&](const auto& value) { wanted.signature = content(value); }},
	    {"--fetch", [&](const auto& value) { wanted.fetch = value; }},
	    {"--deadline", [&](const auto& value) { wanted.options.deadline = Milliseconds(std::stol(value)); }},
	    {"--jobs", [&](const auto& value) { wanted.options.jobs_per_process = std::stoul(value); }},
	    {"--scratch", [&](const auto& value) { wanted.options.scratch = value; }},
	    {"--hold", [&](const auto&) { wanted.is_held = true; }}};
	for (int i = 1; i < argc; ++i) {
		const auto option = options.find(argv[i]);
		if (option != options.end() && i + 1 < argc)
			option->second(argv[++i]);
		else
			wanted.files.emplace_back(argv[i]);
	}
	return wanted;
}

} // namespace

int main(int argc, char** argv) {
	const Wanted wanted = parse(argc, argv);
	Loop loop;
	ReaderPool pool(loop, wanted.options);
	std::vector<json::object> answers(wanted.files.size());
	std::size_t left = wanted.files.size() + (wanted.fetch.empty() ? 0 : 1);
	for (std::size_t i = 0; i < wanted.files.size(); ++i)
		pool.read({content(wanted.files[i]), wanted.signature, wanted.keys}, [&, i](const Result<Reading>& reading) {
			answers[i] = reading_object(reading);
			--left;
		});
	if (!wanted.fetch.empty())
		pool.fetch_key(wanted.fetch, [&](const Result<std::optional<std::string>>& key) {
			answers.push_back(!key ? error_object(key.error())
			                       : json::object{{"key", *key ? json::value(**key) : json::value(nullptr)}});
			--left;
		});
	const bool is_done = loop.run_until([&] { return left == 0; }, Milliseconds(60'000));
	const ReadersHealth health = pool.health();
	for (const json::object& answer : answers) fmt::print("{}\n", json::serialize(answer));
	fmt::print("{}\n", json::serialize(json::object{{"processes", health.processes}, {"jobs", health.jobs},
	                                                {"restarts", health.restarts}, {"waiting", health.waiting},
	                                                {"problem", health.problem}}));
	std::fflush(stdout);
	char byte = 0;
	if (wanted.is_held) loop.run_until([&] { return ::read(STDIN_FILENO, &byte, 1) == 0; }, Milliseconds(60'000));
	return is_done ? 0 : 1;
}
