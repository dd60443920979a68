// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who speaks, and how far to believe him. A name in a report proves nothing; the kernel's word on the peer and an
// OpenPGP signature do.
#pragma once

#include "core/alert.h"
#include "core/config.h"

#include <string>
#include <string_view>

namespace gate25 {

enum class Proof : std::uint8_t {
	none,    // it may inform
	user,    // the peer's user: a reporter's, or one whom alert_users names
	desk,    // root or the group
	openpgp, // a signature
	forged   // it speaks in the name of a reporter whose it is not
};
std::string_view proof_text(Proof proof);
[[nodiscard]] Result<Proof> parse_proof(std::string_view text);

struct Attribution {
	std::string name; // of the reporter; of an unproven one as it calls itself
	Points weight = 0; // 0 when it is not proven
	Proof proof = Proof::none;
	std::string why; // one clause: "user suricata", "signed by abuse@fbl.example", "nothing proves who it is"
};

Attribution attribute(const Config& config, const Alert& alert, const Voucher& voucher);

} // namespace gate25
