// SPDX-License-Identifier: GPL-2.0-or-later
//
// The command against an agent that only remembers what it was asked and answers what it was told to.
#pragma once

#include "cli/run.h"

#include <deque>
#include <sstream>
#include <string>
#include <vector>

namespace gate25::cli {

struct Request {
	std::string socket;
	std::string method;
	std::string target;
	std::string body;
};

class FakeAgent {
public:
	std::vector<Request> requests;
	std::deque<Result<Answer>> answers; // one for each call; the last one stays
	std::vector<std::string> events;

	FakeAgent& answer(unsigned status, std::string body) {
		answers.emplace_back(Answer{status, std::move(body)});
		return *this;
	}
	FakeAgent& fail_with(ErrorKind kind, std::string text) {
		answers.emplace_back(fail(kind, std::move(text)));
		return *this;
	}
	Result<Answer> next() {
		if (answers.empty()) return Answer{200, R"({"schema":1})"};
		auto first = answers.front();
		if (answers.size() > 1) answers.pop_front();
		return first;
	}
};

class FakeApi : public Api {
public:
	FakeApi(FakeAgent& agent, std::string socket) : agent_(agent), socket_(std::move(socket)) {}
	Result<Answer> call(std::string_view method, std::string_view target, std::string_view body) override {
		agent_.requests.push_back({socket_, std::string(method), std::string(target), std::string(body)});
		return agent_.next();
	}
	Result<Answer> stream(std::string_view target, const std::function<bool(std::string_view)>& on_event) override {
		agent_.requests.push_back({socket_, "GET", std::string(target), ""});
		for (const auto& event : agent_.events) {
			if (!on_event(event)) return Answer{200, ""};
		}
		return agent_.next();
	}

private:
	FakeAgent& agent_;
	std::string socket_;
};

struct Ran {
	int status = -1;
	std::string out;
	std::string err;
};

struct Terminal {
	std::size_t width = 0; // 0: no terminal
	bool is_colored = false;
	std::string input{};
	bool in_is_terminal = false;
	std::optional<std::string> socket_in_environment{};
	UnixTime now = parse_time("2026-11-22T12:00:00Z").value();
};

inline Ran gate25_command(FakeAgent& agent, std::vector<std::string_view> line, const Terminal& terminal = {}) {
	std::istringstream in(terminal.input);
	std::ostringstream out;
	std::ostringstream err;
	Screen screen{in, out, err};
	screen.in_is_terminal = terminal.in_is_terminal;
	screen.out_is_terminal = screen.err_is_terminal = terminal.width > 0;
	screen.width = terminal.width;
	screen.is_colored = terminal.is_colored;
	const Setup setup{[&](const std::string& socket) { return std::make_unique<FakeApi>(agent, socket); },
	                  terminal.socket_in_environment, terminal.now};
	const int status = run(line, screen, setup);
	return {status, out.str(), err.str()};
}

inline bool contains(const std::string& text, std::string_view part) {
	return text.find(part) != text.npos;
}

inline constexpr auto one_quarantine =
    R"({"id":42,"prefix":"203.0.113.7","level":"mail","reason":"spam seen","from":"2026-11-21T23:43:33Z",)"
    R"("until":"2026-11-22T23:43:33Z","seconds_left":86399,"by":"root","ticket":"T-1"})";
inline constexpr auto manual_quarantine =
    R"({"id":7,"prefix":"2001:db8:1000:100::/56","level":"notify",)"
    R"("reason":"a reason so long that no terminal of eighty columns will ever show the whole of it \u001b[31m",)"
    R"("from":"2026-11-21T23:43:33Z","until":null,"seconds_left":null,"by":"alert from ids","ticket":""})";

} // namespace gate25::cli
