// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an agent answers about subscribers, for the tests of the command.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace gate25::cli {

inline constexpr std::string_view standing =
    R"({"prefix":"100.64.1.2","ports":null,"subscriber":"anna","source":"radius","from":"2026-11-22T10:00:00Z",)"
    R"("seen":"2026-11-22T11:50:00Z","until":null,"stands":true,"aged":false,"enforced":true})";
inline constexpr std::string_view aged =
    R"({"prefix":"2001:db8:1000:100::/56","ports":null,"subscriber":"anna","source":"kea-6","from":"2026-11-20T10:00:00Z",)"
    R"("seen":"2026-11-22T09:00:00Z","until":"2026-11-22T10:00:00Z","stands":true,"aged":true,"enforced":true})";
inline constexpr std::string_view idle =
    R"({"prefix":"2001:db8:1000:200::/60","ports":null,"subscriber":"anna","source":"kea-6","from":"2026-11-22T10:00:00Z",)"
    R"("seen":"2026-11-22T11:50:00Z","until":null,"stands":true,"aged":false,"enforced":false})";
inline constexpr std::string_view ended =
    R"({"prefix":"203.0.113.7","ports":"1024-2047","subscriber":"anna","source":"radius","from":"2026-11-20T10:00:00Z",)"
    R"("seen":"2026-11-22T09:50:00Z","until":"2026-11-22T10:00:00Z","stands":false,"aged":false,"enforced":false})";
inline constexpr std::string_view quarantined =
    R"({"id":42,"subscriber":"anna","prefixes":["100.64.1.2","2001:db8:1000:100::/56"],"prefix":"100.64.1.2","level":"port25",)"
    R"("reason":"spam reported by trap, score -3","from":"2026-11-22T11:00:00Z","until":"2026-11-23T11:00:00Z","seconds_left":82800,)"
    R"("by":"trap","ticket":"T-1","mode":"enforce"})";
inline constexpr std::string_view waiting_for_an_address =
    R"({"id":43,"subscriber":"bert","prefixes":[],"prefix":null,"level":"mail","reason":"bot","from":"2026-11-22T11:00:00Z",)"
    R"("until":null,"seconds_left":null,"by":"root","ticket":null,"mode":"enforce"})";

inline std::string put(std::string_view before, std::initializer_list<std::string_view> items, std::string_view after) {
	std::string text(before);
	for (const auto item : items) text += (text.ends_with('[') ? "" : ",") + std::string(item);
	return text.append(after);
}

// Somebody in quarantine who knocks on.
inline std::string story() {
	return put(R"({"schema":1,"subscriber":"anna","key":"100::1","contact":{"subscriber":"anna","mail":"anna@example.org","language":"de"},"prefixes":[)",
	           {standing, aged}, R"(],"quarantine":)") +
	       std::string(quarantined) +
	       R"(,"exemption":null,"quarantines":[{"id":12,"prefix":null,"level":"port25","reason":"spam reported by fbl","from":"2026-11-10T11:00:00Z",)"
	       R"("until":"2026-11-11T11:00:00Z","seconds_left":null,"by":"fbl","ticket":null,"mode":"enforce","ended":"2026-11-10T12:30:00Z",)"
	       R"("ended_by":"subscriber","ended_reason":""},{"id":9,"prefix":null,"level":"notify","reason":"bot","from":"2026-11-08T11:00:00Z",)"
	       R"("until":"2026-11-09T11:00:00Z","seconds_left":null,"by":"fbl","ticket":null,"mode":"enforce","ended":"2026-11-09T11:00:00Z",)"
	       R"("ended_by":"expired","ended_reason":""}],"exemptions":[],"alerts":[{"id":41,"received":"2026-11-22T11:00:00Z","address":"100.64.1.2",)"
	       R"("kind":"spam","reporter":"trap","count":3,"attribution":{"name":"trap"},"outcome":"decided","why":"spam \u001b[2J"}],"score":-3,"threshold":0,)"
	       R"("notices":[{"id":43,"made":"2026-11-22T11:00:00Z","kind":"quarantined","state":"sent","channel":"mail","to":"anna@example.org",)"
	       R"("code":"K7QF-3M2P","decision":42,"tries":1,"problem":null,"ended":"2026-11-22T11:00:03Z"},{"id":44,"made":"2026-11-22T11:00:00Z",)"
	       R"("kind":"quarantined","state":"waiting","channel":"tickets","to":null,"code":"K7QF-3M2P","decision":42,"tries":3,)"
	       R"("problem":"connection refused","ended":null}],)" +
	       put(R"("assignments":[)", {standing, ended}, "],") +
	       R"("self_release":{"allowed":true,"used":1,"left":1,"refused":null,"why":""},"grace_until":null,"grace_seconds_left":null,)"
	       R"("attempts":{"ten_minutes":12,"hour":61,"last":"2026-11-22T11:59:00Z"},"still_misbehaving":true})";
}

inline constexpr auto nothing_more = R"({"schema":1,"subscriber":"anna","quarantines":[],"exemptions":[]})";

inline std::string free_story(std::string_view attempts, std::string_view more) {
	return R"({"schema":1,"subscriber":"bert","contact":{"subscriber":"bert","mail":null,"language":null},"prefixes":[],"quarantine":null,)"
	       R"("exemption":null,"quarantines":[],"exemptions":[],"alerts":[],"score":0,"threshold":0,"notices":[],"assignments":[],)"
	       R"("self_release":{"allowed":false,"used":0,"left":2,"refused":"not-in-quarantine","why":"nothing stands"},"attempts":)" +
	       std::string(attempts) + std::string(more) + "}";
}

inline std::string held_by(std::string_view holder, std::initializer_list<std::string_view> claims, std::string_view port = "null") {
	return put(R"({"schema":1,"address":"203.0.113.7","port":)" + std::string(port) + R"(,"at":"2026-11-21T10:00:00Z","holder":)" +
	               std::string(holder) + R"(,"claims":[)",
	           claims, "]}");
}

inline std::string outcome(std::string_view line, std::string_view word, std::string_view holder, std::string_view why = "") {
	return R"({"line":)" + std::string(line) + R"(,"prefix":"100.64.1.2","ports":null,"subscriber":"anna","outcome":")" + std::string(word) +
	       R"(","holder":")" + std::string(holder) + R"(","why":")" + std::string(why) + "\"}";
}

} // namespace gate25::cli
