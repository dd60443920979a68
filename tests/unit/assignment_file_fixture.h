// SPDX-License-Identifier: GPL-2.0-or-later
//
// An open file of assignments with its loop, each call answered before the next.
#pragma once

#include "edge/store/assignment_file.h"
#include "store_fixture.h"

#include <algorithm>

namespace gate25::test {

inline constexpr UnixTime assignment_noon{Seconds(1795305600)};

inline UnixTime after_noon(std::int64_t seconds) { return assignment_noon + Seconds(seconds); }

inline Assignment assignment(std::string_view prefix_text, const std::string& subscriber, std::int64_t from = 0, SourceRank source = 0) {
	Assignment one;
	one.prefix = prefix(prefix_text);
	one.subscriber = subscriber;
	one.from = one.seen = after_noon(from);
	one.source = source;
	return one;
}

inline Assignment shared(std::string_view prefix_text, const std::string& subscriber, std::uint16_t first, std::uint16_t last, std::int64_t from = 0) {
	Assignment one = assignment(prefix_text, subscriber, from);
	one.ports = {first, last};
	return one;
}

inline Prefix numbered_prefix(std::uint32_t number) { return Prefix::host(Address::ipv4(0x64400000 + number)); }

inline Assignment numbered_assignment(std::uint32_t number) {
	Assignment one = assignment("100.64.0.1", "subscriber-" + std::to_string(number));
	one.prefix = numbered_prefix(number);
	one.session = number;
	return one;
}

inline AssignmentRow began(const Assignment& one) { return {one, false, false}; }
inline AssignmentRow ended(Assignment one, std::int64_t at) {
	one.until = after_noon(at);
	return {std::move(one), true, false};
}
inline AssignmentRow refreshed(Assignment one, std::int64_t at) {
	one.seen = after_noon(at);
	return {std::move(one), false, true};
}
// As history tells it.
inline AssignmentRow past(Assignment one, std::int64_t at) {
	one.session = 0;
	one.server = 0;
	one.seen = after_noon(at);
	return ended(std::move(one), at);
}

struct OpenAssignments {
	explicit OpenAssignments(const std::string& directory, std::vector<std::string> sources = {"radius", "kea-4", "api"})
		: file(std::make_unique<AssignmentFile>(directory, loop.post())) {
		file->set_sources(std::move(sources));
	}

	template <class Value, class Ask> Result<Value> wait(const Ask& ask) {
		std::optional<Result<Value>> answer;
		ask([&](Result<Value> result) { answer = std::move(result); });
		loop.run_until([&] { return answer.has_value(); });
		return std::move(*answer);
	}
	Result<void> write(std::vector<AssignmentRow> rows) {
		return wait<void>([&](auto done) { file->write(std::move(rows), std::move(done)); });
	}
	std::vector<std::optional<Assignment>> holders(std::vector<HolderQuestion> questions) {
		auto answer = wait<std::vector<std::optional<Assignment>>>([&](auto done) { file->holders(std::move(questions), std::move(done)); });
		REQUIRE_MESSAGE(answer.has_value(), (answer ? "" : answer.error().text));
		return std::move(*answer);
	}
	// The name, or empty.
	std::string holder(std::string_view address, std::int64_t at, std::optional<std::uint16_t> port = std::nullopt) {
		const auto found = holders({{Address::parse(address).value(), port, after_noon(at)}});
		REQUIRE(found.size() == 1);
		return found[0] ? found[0]->subscriber : "";
	}
	std::vector<AssignmentRow> history(AssignmentQuery query = {}) {
		auto answer = wait<std::vector<AssignmentRow>>([&](auto done) { file->history(std::move(query), std::move(done)); });
		REQUIRE_MESSAGE(answer.has_value(), (answer ? "" : answer.error().text));
		return std::move(*answer);
	}
	Result<std::uint64_t> forget(const std::string& subscriber) {
		return wait<std::uint64_t>([&](auto done) { file->forget(subscriber, std::move(done)); });
	}
	std::vector<Assignment> load() {
		std::vector<Assignment> loaded;
		const auto done = file->load([&](Assignment&& one) { loaded.push_back(std::move(one)); });
		REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().text));
		std::ranges::sort(loaded, {}, [](const Assignment& one) { return std::tuple(one.prefix, one.ports, one.source); });
		return loaded;
	}
	// Asks on until it is so; each question gives the thread a turn.
	template <class Condition> void until(Condition condition) {
		const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
		while (!condition()) {
			REQUIRE(std::chrono::steady_clock::now() < end);
			holders({});
		}
	}

	TestLoop loop;
	std::unique_ptr<AssignmentFile> file; // ends before the loop
};

inline std::string assignments_path(const TemporaryDirectory& directory) { return directory.path() + "/assignments.db"; }

} // namespace gate25::test
