// SPDX-License-Identifier: GPL-2.0-or-later
//
// Random choices from a printed seed; the same on every machine, which the standard distributions are not.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace gate25::compare {

class Dice {
public:
	explicit Dice(std::uint64_t seed) : engine_(seed) {}

	// 0 to count - 1
	std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
	std::size_t between(std::size_t low, std::size_t high) { return low + below(high - low + 1); }
	bool chance(unsigned percent) { return below(100) < percent; }
	std::uint8_t byte() { return static_cast<std::uint8_t>(below(256)); }
	std::uint16_t port() { return static_cast<std::uint16_t>(between(1024, 65535)); }

	template <class T> const T& of(const std::vector<T>& all) { return all[below(all.size())]; }
	template <class T> T of(std::initializer_list<T> all) { return all.begin()[below(all.size())]; }
	// Each of them with the given chance, in their order.
	template <class T> std::vector<T> some(const std::vector<T>& all, unsigned percent) {
		std::vector<T> out;
		for (const T& one : all)
			if (chance(percent)) out.push_back(one);
		return out;
	}

private:
	std::mt19937_64 engine_;
};

} // namespace gate25::compare
