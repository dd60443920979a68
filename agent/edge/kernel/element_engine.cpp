// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/element_engine.h"

#include "edge/kernel/element_batch.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

namespace gate25 {
namespace {

// Beyond a thousand elements a batch gains nothing and holds the kernel's commit lock longer.
constexpr std::size_t most_per_batch = 1000;
constexpr unsigned most_retries = 16;
constexpr int kernel_erestart = 85;

// Another writer came between; the same batch may go through now.
bool is_passing(int number) {
	return number == EINTR || number == EAGAIN || number == EBUSY || number == kernel_erestart || number == ENOBUFS;
}

Error explained(const ElementChange& change, const Error& error) {
	const std::string set = change.set.name();
	if (error.saved_errno == ENFILE) return {ErrorKind::kernel, "the set " + set + " is full", ENFILE};
	if (error.saved_errno == ENOENT) return {ErrorKind::kernel, "the set " + set + " is missing in the kernel", ENOENT};
	return {ErrorKind::kernel, change.key.text() + " in set " + set + ": " + std::strerror(error.saved_errno),
	        error.saved_errno};
}

} // namespace

std::vector<ElementFailure> ElementEngine::apply(std::span<const ElementChange> changes) {
	std::vector<ElementFailure> failures;
	for (std::size_t at = 0; at < changes.size(); at += most_per_batch)
		apply_batch(changes.subspan(at, std::min(most_per_batch, changes.size() - at)), failures);
	return failures;
}

Result<void> ElementEngine::replace(std::span<const DecisionSet> sets, std::span<const ElementChange> elements) {
	if (sets.empty()) return {};
	std::span<const ElementChange> blamed;
	auto sent = send(elements, sets, blamed);
	if (!sent && !blamed.empty()) return fail(explained(blamed.front(), sent.error()));
	return sent;
}

std::vector<ElementFailure> ElementEngine::add_each(const ElementSource& elements) {
	std::vector<ElementFailure> failures;
	std::set<DecisionSet> full;
	std::vector<ElementChange> waiting;
	waiting.reserve(most_per_batch);
	const auto send_waiting = [&] {
		sort_by_set(waiting);
		apply_batch(waiting, failures);
		waiting.clear();
		for (const ElementFailure& failure : failures)
			if (failure.error.saved_errno == ENFILE) full.insert(failure.change.set);
	};
	elements([&](const ElementChange& change) {
		if (!full.contains(change.set)) waiting.push_back(change);
		if (waiting.size() == most_per_batch) send_waiting();
	});
	send_waiting();
	return failures;
}

Result<void> ElementEngine::send(std::span<const ElementChange> changes, std::span<const DecisionSet> emptied,
                                 std::span<const ElementChange>& blamed) {
	Result<void> sent;
	for (unsigned attempt = 0; attempt <= most_retries; ++attempt) {
		const ElementBatch batch(changes, netlink_.next_number(), emptied, tables_);
		while (netlink_.next_number() != batch.end_number()) {}
		std::uint32_t failed = 0;
		sent = netlink_.send_batch(batch.bytes().data(), batch.bytes().size(), batch.last_number(), failed);
		if (sent) return sent;
		blamed = batch.changes_of(failed);
		if (!is_passing(sent.error().saved_errno)) return sent;
		++retries_;
	}
	return sent;
}

void ElementEngine::apply_batch(std::span<const ElementChange> changes, std::vector<ElementFailure>& failures) {
	if (changes.empty()) return;
	std::span<const ElementChange> blamed;
	const auto sent = send(changes, {}, blamed);
	if (sent) return;
	// To be taken away, an element is added first: a full set refuses that only when it is not there.
	if (changes.size() == 1 && changes.front().op == ElementChange::Op::remove && sent.error().saved_errno == ENFILE) return;
	if (changes.size() == 1) {
		failures.push_back({changes.front(), explained(changes.front(), sent.error())});
		return;
	}
	// A message that fails takes down its neighbours; what came before and after it is tried without it.
	const auto before = static_cast<std::size_t>(blamed.data() - changes.data());
	const bool is_part = blamed.size() < changes.size();
	if (sent.error().saved_errno == ENOENT && is_part) {
		for (const ElementChange& change : blamed) failures.push_back({change, explained(change, sent.error())});
		apply_batch(changes.first(before), failures);
		apply_batch(changes.subspan(before + blamed.size()), failures);
		return;
	}
	if (sent.error().saved_errno == ENOENT) {
		for (const ElementChange& change : changes) failures.push_back({change, explained(change, sent.error())});
		return;
	}
	const std::size_t half = changes.size() / 2;
	apply_batch(changes.first(half), failures);
	apply_batch(changes.subspan(half), failures);
}

} // namespace gate25
