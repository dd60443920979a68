// SPDX-License-Identifier: GPL-2.0-or-later
//
// How much of something (connections, bytes) each user holds, so that no user can take it all: everybody
// but root has a share, and a reserve is kept for root, who must be able to work when others do not let go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace gate25 {

class Quota {
public:
	struct Limits {
		std::size_t total;
		std::size_t per_user;
		std::size_t root_reserve;
	};
	explicit Quota(Limits limits) : limits_(limits) {}

	bool fits(std::uint32_t uid, std::size_t amount) const {
		if (held_ + amount > limits_.total) return false;
		return uid == 0 || (fits_share(uid, amount) && held_ - held_by(0) + amount <= limit_of_others());
	}
	bool fits_share(std::uint32_t uid, std::size_t amount) const {
		return uid == 0 || held_by(uid) + amount <= limits_.per_user;
	}
	void take(std::uint32_t uid, std::size_t amount) {
		users_[uid] += amount;
		held_ += amount;
	}
	void give(std::uint32_t uid, std::size_t amount) {
		const auto user = users_.find(uid);
		if (user == users_.end()) return;
		user->second -= amount;
		held_ -= amount;
		if (user->second == 0) users_.erase(user);
	}
	std::size_t held() const { return held_; }
	std::size_t held_by(std::uint32_t uid) const {
		const auto user = users_.find(uid);
		return user == users_.end() ? 0 : user->second;
	}

private:
	std::size_t limit_of_others() const {
		return limits_.total > limits_.root_reserve ? limits_.total - limits_.root_reserve : 0;
	}

	Limits limits_;
	std::size_t held_ = 0;
	std::map<std::uint32_t, std::size_t> users_;
};

// What one connection holds of a quota; given back when it is let go.
class Loan {
public:
	Loan(Quota& quota, std::uint32_t uid) : quota_(quota), uid_(uid) {}
	Loan(const Loan&) = delete;
	Loan& operator=(const Loan&) = delete;
	~Loan() { clear(); }

	// False: nothing was taken.
	bool grow(std::size_t amount) {
		if (!quota_.fits(uid_, amount)) return false;
		take(amount);
		return true;
	}
	void take(std::size_t amount) {
		quota_.take(uid_, amount);
		amount_ += amount;
	}
	void clear() {
		quota_.give(uid_, amount_);
		amount_ = 0;
	}

private:
	Quota& quota_;
	std::uint32_t uid_;
	std::size_t amount_ = 0;
};

} // namespace gate25
