// SPDX-License-Identifier: GPL-2.0-or-later
//
// The shells themselves say whether they can read the completions, and bash and fish what they offer. A
// shell that is not installed is skipped, visibly.
#include "cli/completion.h"

#include <array>
#include <cstdio>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fstream>
#include <string>
#include <unistd.h>

using namespace gate25::cli;

namespace {

class File {
public:
	File(std::string_view suffix, const std::string& text)
	    : path_(fmt::format("/tmp/gate25-completion-{}{}", getpid(), suffix)) {
		std::ofstream(path_) << text;
	}
	~File() { unlink(path_.c_str()); }
	const std::string& path() const { return path_; }

private:
	std::string path_;
};

std::string output_of(const std::string& command) {
	FILE* pipe = popen(command.c_str(), "r");
	REQUIRE(pipe != nullptr);
	std::string text;
	std::array<char, 4096> buffer;
	while (const auto size = fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), size);
	pclose(pipe);
	return text;
}

bool has(std::string_view shell) {
	const bool is_there = !output_of(fmt::format("command -v {}", shell)).empty();
	if (!is_there) MESSAGE(std::string(shell) << " is not installed: not tried");
	return is_there;
}

std::string bash_offers(const std::string& file, std::string_view words) {
	const auto script = fmt::format("source {}; COMP_WORDS=({}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _gate25; "
	                                "echo ${{COMPREPLY[*]}}",
	                                file, words);
	return output_of(fmt::format("cd / && bash --norc -c '{}'", script));
}

} // namespace

TEST_SUITE("cli completion") {
	TEST_CASE("bash") {
		if (!has("bash")) return;
		const File file(".bash", bash_completion());
		CHECK(output_of("bash -n " + file.path() + " 2>&1") == "");
		const struct {
			const char* words;
			const char* offers;
		} table[] = {
		    {"gate25 qua", "quarantine\n"},
		    {"gate25 ex", "exempt exemptions explain export\n"},
		    {"gate25 --js", "--json\n"},
		    {"gate25 --json --socket /x re", "release report replay reload remove\n"},
		    {"gate25 quarantine 203.0.113.7 --le", "--level\n"},
		    {"gate25 quarantine --level p", "port25\n"},
		    {"gate25 quarantine --level = p", "port25\n"}, // as bash breaks --level=p
		    {"gate25 quarantine --level = \"\"", "notify limit port25 mail garden\n"},
		    {"gate25 alert 203.0.113.7 --kind mis", "missed-spam\n"},
		    {"gate25 export --format \"\"", "nft json\n"},
		    {"gate25 import et", "etc\n"},
		    {"gate25 --socket et", "etc\n"},
		    {"gate25 help sta", "status\n"},
		    {"gate25 completion \"\"", "bash zsh fish\n"},
		    {"gate25 list x", "\n"},
		    {"gate25 quarantine --reason x", "\n"},
		};
		for (const auto& row : table) {
			CAPTURE(row.words);
			CHECK(bash_offers(file.path(), row.words) == row.offers);
		}
	}
	TEST_CASE("zsh") {
		if (!has("zsh")) return;
		const File file(".zsh", zsh_completion());
		CHECK(output_of("zsh -n " + file.path() + " 2>&1") == "");
	}
	TEST_CASE("fish") {
		if (!has("fish")) return;
		const File file(".fish", fish_completion());
		CHECK(output_of("fish -n " + file.path() + " 2>&1") == "");
		const auto offers = [&](std::string_view line) {
			return output_of(
			    fmt::format("fish --no-config -c 'source {}; complete -C \"{}\"' 2>&1 | cut -f1 | tr '\\n' ' '",
			                file.path(), line));
		};
		CHECK(offers("gate25 qua") == "quarantine ");
		CHECK(offers("gate25 quarantine --level p") == "port25 ");
		CHECK(offers("gate25 --json alert --ki") == "--kind ");
		CHECK(offers("gate25 help sta") == "status ");
	}
}
