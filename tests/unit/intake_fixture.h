// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reports as they are delivered to an agent in memory, and who delivers them. Time stands at 2027-01-15.
#pragma once

#include "agent_fixture.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace gate25 {

inline std::string arf(const std::string& address, const std::string& id = "1@fbl.example") {
	return fmt::format("From: fbl@fbl.example\r\nMessage-ID: <{}>\r\nMIME-Version: 1.0\r\n"
	                   "Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
	                   "--b\r\nContent-Type: text/plain\r\n\r\nSpam.\r\n"
	                   "--b\r\nContent-Type: message/feedback-report\r\n\r\n"
	                   "Feedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\nSource-IP: {}\r\n\r\n"
	                   "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\nSubject: s\r\n\r\nx\r\n--b--\r\n",
	                   id, address);
}

inline const std::string with_reporter = std::string(plain_config) + R"(
[[reporter]]
name = "security-firm"
openpgp = ["abuse@firm.example"]

[openpgp]
server = "http://keys.example:11371"
)";

inline Signature signed_by(const std::string& address) {
	return {SignatureState::good, "0123456789ABCDEF", {address}, "signed by " + address};
}

inline Signature unknown_key() {
	return {SignatureState::unknown_key, "0123456789ABCDEF", {}, "signed with key 0123456789ABCDEF"};
}

struct IntakeFixture : AgentFixture {
	boost::json::object report(const std::string& bytes, unsigned status = 200) {
		const auto answer = ask("POST", "v1/reports", bytes, {}, SocketKind::alert);
		REQUIRE(answer->is_given);
		CHECK(answer->status == status);
		return status == 200 ? answer->body.at("reports").at(0).as_object() : boost::json::object();
	}
	bool is_held(const std::string& prefix) { return agent.book().find_quarantine(*Prefix::parse(prefix)).has_value(); }
	void become(const std::string& user) { peer = {1000, 1000, 2, user}; }
	// A stranger's mail that claims to be signed with a key which nobody has here.
	void start_with_unknown_key() {
		config = with_reporter;
		readers.is_server_down = true;
		readers.signature_of = [](const ReadingJob& job) {
			return job.keys.empty() ? unknown_key() : signed_by("abuse@firm.example");
		};
		REQUIRE(start());
		become("mail");
	}
};

} // namespace gate25
