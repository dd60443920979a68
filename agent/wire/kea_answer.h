// SPDX-License-Identifier: GPL-2.0-or-later
//
// What Kea is asked at its control socket, and what it answers (JSON, one object each).
#pragma once

#include "core/config_subscribers.h"
#include "core/lease.h"

#include <string>
#include <string_view>

namespace gate25 {

// Its answer tells the family: a server of either knows the commands of both.
std::string kea_family_command();
[[nodiscard]] Result<Family> read_kea_family(std::string_view answer);

// `from`: the last address of the page before; nullopt: the first page.
std::string kea_page_command(Family family, const std::optional<Address>& from, unsigned limit);

struct KeaPage {
	std::vector<Lease> leases;   // those that could be read
	std::size_t count = 0;       // of the page; zero: there are no more
	std::optional<Address> last; // the highest of them: where the next page begins
	std::uint64_t bad = 0;
	std::string problem; // of the first that could not be read
};
// An error when it is no page: then nothing is known.
[[nodiscard]] Result<KeaPage> read_kea_page(std::string_view answer, Family family, LeaseName name);

} // namespace gate25
