// SPDX-License-Identifier: GPL-2.0-or-later
//
// A random configuration, random decisions under it and random packets, all round the same few addresses so
// that they meet: nested prefixes, their edges, relays and gardens among subscribers.
#pragma once

#include "core/plan.h"
#include "dice.h"
#include "frame.h"

#include <unordered_map>

namespace gate25::compare {

class Decisions : public DecisionIndex {
public:
	struct Row {
		std::uint64_t id = 0;
		std::optional<Level> level; // nullopt: an exemption
		std::optional<Seconds> duration;
	};
	void add(const Prefix& prefix, const Row& row) { (row.level ? quarantines_ : exemptions_)[prefix] = row; }
	std::optional<Found> quarantine(const Prefix& exact) const override;
	std::optional<std::uint64_t> exemption(const Prefix& exact) const override;
	std::vector<Standing> standings(const Now& now) const;
	std::size_t size() const { return quarantines_.size() + exemptions_.size(); }

private:
	std::unordered_map<Prefix, Row> quarantines_, exemptions_;
};

// Addresses of one family that are worth a packet.
struct Places {
	std::vector<Address> subscribers, outsiders, relays, garden, edges;
	// Any of them, subscribers most often.
	const Address& any(Dice& dice) const;
	const Address& subscriber(Dice& dice) const { return dice.of(subscribers); }
};

struct Scene {
	Config config;
	Decisions decisions;
	Places places[2]; // IPv4, IPv6
	std::string text() const; // for a person who looks for the reason of a disagreement
};

// What a configuration must have, for the tests that need it.
struct Wish {
	std::optional<PolicyAction> policy;
	std::optional<Deny> deny;
	bool stateless = false; // neither redirect nor portal
};

Scene random_scene(Dice& dice, const Wish& wish = {});
// Places for the wanted configuration come first, since its values are drawn from them.
Config random_config(Dice& dice, const Places (&places)[2], const Wish& wish);
Frame random_frame(Dice& dice, const Scene& scene, std::uint32_t id);
// The same once more, in the same session or in a new one: the kernel remembers.
Frame repeated(Dice& dice, const Frame& before, std::uint32_t id);

} // namespace gate25::compare
