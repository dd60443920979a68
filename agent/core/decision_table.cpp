// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/decision_table.h"

#include "core/big_endian.h"

#include <algorithm>

namespace gate25 {
namespace {

constexpr std::size_t smallest_index = 64;
constexpr std::uint8_t ipv6_shape = 64; // 64..192 are IPv6 lengths, 0..32 those of IPv4

std::uint8_t shape_of(const Prefix& prefix) {
	return static_cast<std::uint8_t>(prefix.length() + (prefix.family() == Family::ipv6 ? ipv6_shape : 0));
}

std::uint64_t upper_of(const Prefix& prefix) {
	const auto bytes = prefix.address().bytes();
	return big_endian(bytes.first(std::min<std::size_t>(bytes.size(), 8)));
}

std::uint64_t lower_of(const Prefix& prefix) {
	return prefix.family() == Family::ipv6 ? big_endian(prefix.address().bytes().last(8)) : 0;
}

void put_big_endian(std::span<std::uint8_t> bytes, std::uint64_t value) {
	for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, value >>= 8U) *byte = static_cast<std::uint8_t>(value);
}

} // namespace

Prefix DecisionTable::prefix_of(std::uint32_t number) const {
	const Slot& slot = slots_[number];
	if (slot.shape < ipv6_shape) return Prefix::of(Address::ipv4(static_cast<std::uint32_t>(slot.upper)), slot.shape);
	std::array<std::uint8_t, 16> bytes{};
	put_big_endian(std::span(bytes).first(8), slot.upper);
	if (const auto lower = lower_.find(number); lower != lower_.end()) put_big_endian(std::span(bytes).last(8), lower->second);
	return Prefix::of(Address::from_bytes(bytes), slot.shape - ipv6_shape);
}

bool DecisionTable::holds(std::uint32_t number, const Prefix& prefix) const {
	const Slot& slot = slots_[number];
	if (slot.shape != shape_of(prefix) || slot.upper != upper_of(prefix)) return false;
	const auto lower = lower_.find(number);
	return lower_of(prefix) == (lower == lower_.end() ? 0 : lower->second);
}

std::size_t DecisionTable::place_of(const Prefix& prefix) const {
	std::size_t place = home(prefix);
	while (index_[place] != 0 && !holds(index_[place] - 1, prefix)) place = after(place);
	return place;
}

const DecisionTable::Entry* DecisionTable::find(const Prefix& prefix) const {
	if (index_.empty()) return nullptr;
	const std::uint32_t found = index_[place_of(prefix)];
	return found == 0 ? nullptr : &slots_[found - 1];
}

void DecisionTable::add(const Prefix& prefix, const Entry& entry) {
	if ((used_ + 1) * 4 > index_.size() * 3) grow();
	if (free_slots_.empty()) {
		free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
		slots_.emplace_back();
	}
	const std::size_t place = place_of(prefix);
	const std::uint32_t number = free_slots_.back();
	free_slots_.pop_back();
	slots_[number] = {entry, shape_of(prefix), false, upper_of(prefix)};
	if (const std::uint64_t lower = lower_of(prefix); lower != 0) lower_[number] = lower;
	index_[place] = number + 1;
	++used_;
}

std::optional<DecisionTable::Entry> DecisionTable::take(const Prefix& prefix) {
	if (index_.empty()) return std::nullopt;
	const std::size_t place = place_of(prefix);
	if (index_[place] == 0) return std::nullopt;
	const std::uint32_t number = index_[place] - 1;
	const Entry entry = slots_[number];
	close_gap(place);
	slots_[number] = {};
	lower_.erase(number);
	free_slots_.push_back(number);
	--used_;
	return entry;
}

void DecisionTable::grow() {
	index_.assign(std::max(smallest_index, index_.size() * 2), 0);
	for (std::uint32_t number = 0; number < slots_.size(); ++number) {
		if (slots_[number].shape == free) continue;
		std::size_t place = home(prefix_of(number));
		while (index_[place] != 0) place = after(place);
		index_[place] = number + 1;
	}
}

// What stands behind the gap moves into it, unless that would put it before its home.
void DecisionTable::close_gap(std::size_t gap) {
	const std::size_t mask = index_.size() - 1;
	for (std::size_t place = after(gap); index_[place] != 0; place = after(place)) {
		const std::size_t from_home = (place - home(prefix_of(index_[place] - 1))) & mask;
		if (from_home < ((place - gap) & mask)) continue;
		index_[gap] = index_[place];
		gap = place;
	}
	index_[gap] = 0;
}

void DecisionTable::each(const std::function<void(const Prefix&, const Entry&)>& visit) const {
	for (std::uint32_t number = 0; number < slots_.size(); ++number)
		if (slots_[number].shape != free) visit(prefix_of(number), slots_[number]);
}

void DecisionTable::sweep(Milliseconds boot, std::size_t most,
                          const std::function<bool(const Prefix&, const Entry&)>& visit) {
	for (most = std::min(most, slots_.size()); most > 0; --most) {
		if (next_swept_ >= slots_.size()) next_swept_ = 0;
		Slot& slot = slots_[next_swept_];
		const bool is_over = slot.shape != free && slot.until_boot != no_end && slot.until_boot <= boot.count();
		if (is_over && !slot.is_reported) {
			if (!visit(prefix_of(static_cast<std::uint32_t>(next_swept_)), slot)) return;
			slot.is_reported = true;
		}
		++next_swept_;
	}
}

} // namespace gate25
