// SPDX-License-Identifier: GPL-2.0-or-later
//
// The sixteen steps stand in four places: gate25-alerts(7), core/judge.h, step_text(), and the names of the tests.
// They are one list, so that a number in an answer can be looked up anywhere.
#include "core/judge.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <vector>

using namespace gate25;

namespace {

const std::filesystem::path source = GATE25_SOURCE;

std::string text_of(const std::filesystem::path& file) {
	std::ifstream in(file);
	REQUIRE(in);
	std::stringstream text;
	text << in.rdbuf();
	return text.str();
}

struct Step {
	std::string text;
	std::string outcome;
};

// Every match of the pattern: number, text, outcome.
std::map<unsigned, Step> steps_in(const std::string& text, const char* pattern) {
	std::map<unsigned, Step> steps;
	const std::regex step(pattern, std::regex::multiline);
	for (auto at = std::sregex_iterator(text.begin(), text.end(), step); at != std::sregex_iterator(); ++at) {
		const auto number = static_cast<unsigned>(std::stoul((*at)[1]));
		CHECK_MESSAGE(steps.emplace(number, Step{(*at)[2], (*at)[3]}).second,
		              "step " << number << " stands there twice");
	}
	return steps;
}

std::map<unsigned, Step> of_page() {
	return steps_in(text_of(source / "docs/man/gate25-alerts.7.scd"), R"(^\*(\d+)\* (.+): _(\w+)_$)");
}

std::map<unsigned, Step> of_header() {
	return steps_in(text_of(source / "agent/core/judge.h"), R"(^// {1,4}(\d+) (.*[^ ]) {2,}(\w+)$)");
}

} // namespace

TEST_SUITE("alerts page") {
	TEST_CASE("the page and the function have the same steps") {
		const auto page = of_page();
		CHECK(page.size() == last_judge_step);
		for (unsigned number = 1; number <= last_judge_step; ++number) {
			CAPTURE(number);
			REQUIRE(page.contains(number));
			CHECK(page.at(number).text == step_text(number));
			CHECK(parse_outcome(page.at(number).outcome));
		}
	}
	TEST_CASE("the page and the header have the same outcomes") {
		const auto page = of_page();
		const auto header = of_header();
		CHECK(header.size() == last_judge_step);
		for (const auto& [number, step] : header) {
			CAPTURE(number);
			REQUIRE(page.contains(number));
			CHECK(page.at(number).outcome == step.outcome);
			CHECK(page.at(number).text.starts_with(step.text));
		}
	}
	TEST_CASE("every step has a test that is named after it") {
		std::string tests;
		for (const auto& entry : std::filesystem::directory_iterator(source / "tests/unit"))
			if (entry.path().filename().string().starts_with("judge")) tests += text_of(entry.path());
		for (unsigned number = 1; number <= last_judge_step; ++number) {
			CAPTURE(number);
			CHECK(tests.find("step " + std::to_string(number) + ":") != tests.npos);
		}
	}
	TEST_CASE("the example adds up as the page says") {
		struct {
			AlertKind kind;
			std::uint32_t count;
			Points weight;
		} const said[] = {{AlertKind::ham, 25, one_point},
		                  {AlertKind::spam, 3, one_point},
		                  {AlertKind::missed_spam, 2, one_point / 2},
		                  {AlertKind::spam, 6, one_point}};
		Tally tally;
		std::vector<std::string> scores;
		for (const auto& one : said) {
			tally.add(one.kind, one.count, one.weight);
			scores.push_back(points_text(score_of(ScoreRules(), tally)));
		}
		const auto page = text_of(source / "docs/man/gate25-alerts.7.scd");
		const auto begin = page.find(":] *score*");
		REQUIRE(begin != page.npos);
		const std::string table = page.substr(begin, page.find("\n\n", begin) - begin);
		std::vector<std::string> told;
		const std::regex row(R"(\|<[^|]*\n:\] [^\n]*\n:\] (\S+))");
		for (auto at = std::sregex_iterator(table.begin(), table.end(), row); at != std::sregex_iterator(); ++at)
			told.push_back((*at)[1]);
		CHECK(told == scores);
	}
}
