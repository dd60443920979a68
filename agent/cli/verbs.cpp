// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/verbs.h"

namespace gate25::cli {
namespace {

const Option level{"level", "LEVEL", Kind::level, "notify, limit, port25, mail or garden"};
const Option duration{"for", "TIME", Kind::duration, "24h, 90m, 7d, or manual: until released"};
const Option reason{"reason", "TEXT", Kind::text, "why; kept in the audit"};
const Option ticket{"ticket", "ID", Kind::text, "the ticket it belongs to"};
const Option owner{"owner", "TEXT", Kind::text, "who answers for it"};
const Option kind{"kind", "KIND", Kind::alert_kind, "spam, missed-spam, ham, not-spam, bot, malware, other", true};
const Option source_port{"port", "N", Kind::port, "the source port, for a shared address"};

} // namespace

const std::vector<Verb>& verbs() {
	static const std::vector<Verb> table{
	    {"status", {}, {}, "health, counts, drift, versions", status},
	    {"quarantine",
	     {{"ADDR|PREFIX", Kind::subject}},
	     {level, duration, reason, ticket},
	     "put a subscriber into quarantine",
	     quarantine},
	    {"release", {{"ADDR|PREFIX|ID", Kind::decision}}, {reason}, "end a quarantine", release},
	    {"list",
	     {},
	     {level, {"all", "", Kind::nothing, "also those that ended"}},
	     "the quarantines that stand",
	     list},
	    {"show", {{"ADDR|PREFIX|ID", Kind::decision}}, {}, "what stands for one subscriber", show},
	    {"history",
	     {{"ADDR|PREFIX|ID", Kind::decision}},
	     {{"limit", "N", Kind::count, "at most so many lines of each kind"}},
	     "what ever happened to one subscriber",
	     history},
	    {"exempt",
	     {{"ADDR|PREFIX", Kind::subject}},
	     {duration, reason, owner},
	     "let a subscriber use port 25",
	     exempt},
	    {"unexempt", {{"ADDR|PREFIX|ID", Kind::decision}}, {reason}, "end an exemption", unexempt},
	    {"exemptions", {}, {}, "the exemptions that stand", exemptions},
	    {"alert",
	     {{"ADDR", Kind::address}},
	     {kind,
	      {"reporter", "NAME", Kind::text, "who says so"},
	      {"at", "TIME", Kind::time, "when it happened, 2026-11-21T23:43:33Z"},
	      source_port,
	      {"count", "N", Kind::count, "how often it happened"}},
	     "say that a subscriber misbehaved",
	     alert},
	    {"report",
	     {{"FILE|-", Kind::file, true, true}},
	     {{"parse", "", Kind::nothing, "only show what they say; needs no agent"},
	      {"signature", "FILE", Kind::file, "a detached, armoured OpenPGP signature of the one file"},
	      {"mta", "", Kind::nothing, "one mail from a mail server: quiet; 75 when it must come again"}},
	     "hand in abuse reports: ARF, XARF, Suricata EVE",
	     report_abuse},
	    {"inbox",
	     {{"ID", Kind::id, true, true}},
	     {{"state", "STATE", Kind::held_state, "only those: aside (for a person) or waiting (for a key)"},
	      {"raw", "", Kind::nothing, "the bytes of one as they came"},
	      {"close", "", Kind::nothing, "they are dealt with"},
	      {"again", "", Kind::nothing, "read them and decide anew"},
	      {"reason", "TEXT", Kind::text, "with --close: why; kept in the audit"}},
	     "reports that nobody could decide",
	     inbox},
	    {"score", {{"ADDR", Kind::person}}, {}, "what was said of a subscriber, added up", score},
	    {"replay",
	     {},
	     {{"config", "FILE", Kind::file, "the other configuration", true},
	      {"since", "TIME", Kind::time, "count only what began since then, 2026-11-21T23:43:33Z"}},
	     "what another configuration would have decided",
	     replay},
	    {"volume",
	     {{"ADDR", Kind::address, true}},
	     {{"user", "NAME", Kind::text, "a user of the mail relay instead of an address"},
	      {"top", "N", Kind::count, "the N with most right now"},
	      {"spread", "", Kind::nothing, "how much is usual, and which limit would touch few"},
	      {"by", "QUANTITY", Kind::quantity, "for --top and --spread; else connections"},
	      {"per", "TIME", Kind::window, "for --top and --spread: minute, hour or day; else hour"},
	      {"since", "TIME", Kind::duration, "so far back into the record: 12h, 7d"}},
	     "how much mail is tried and sent, and by whom",
	     volume},
	    {"whatif",
	     {},
	     {{"limit", "LIMIT", Kind::limit, "the limit: \"connections 30/hour\"", true},
	      {"since", "TIME", Kind::duration, "so far back into the record; else 7d"},
	      {"match", "PREFIX", Kind::prefix, "only for subscribers in it"}},
	     "whom a limit would have touched",
	     what_if},
	    {"subscriber",
	     {{"ID|ADDR", Kind::subscriber}},
	     {source_port, {"at", "TIME", Kind::time, "of an address: who held it then, 2026-11-21T23:43:33Z"}},
	     "the whole story of one subscriber",
	     subscriber},
	    {"holder",
	     {{"ADDR", Kind::address}},
	     {source_port, {"at", "TIME", Kind::time, "then, not now: 2026-11-21T23:43:33Z"}},
	     "who holds an address, or held it then",
	     holder},
	    {"contact",
	     {{"ID", Kind::subscriber}},
	     {{"mail", "ADDRESS", Kind::mail, "where notices to him go"},
	      {"language", "LANGUAGE", Kind::text, "of these notices: de, pt-br"},
	      {"clear", "", Kind::nothing, "as the configuration says, from now on"}},
	     "how a subscriber is told",
	     contact},
	    {"notices",
	     {{"ID", Kind::subscriber, true}},
	     {{"state", "STATE", Kind::notice_state, "only those: waiting, sent or given-up"},
	      {"limit", "N", Kind::count, "at most so many, 100 by default"}},
	     "what subscribers were told, and when",
	     notices},
	    {"forget",
	     {{"ID", Kind::subscriber}},
	     {{"force", "", Kind::nothing, "what stands for him is ended first"}, {"yes", "", Kind::nothing, "do not ask"}},
	     "erase all that is known of a subscriber",
	     forget},
	    {"assign",
	     {{"PREFIX", Kind::prefix, true}, {"SUBSCRIBER", Kind::subscriber, true}},
	     {{"ports", "A-B", Kind::ports, "only these ports of a shared IPv4 address"},
	      {"from", "TIME", Kind::time, "since when; else now"},
	      {"until", "TIME", Kind::time, "when his right to it ends; it stands until somebody ends it"},
	      {"file", "FILE|-", Kind::file, "many, from NDJSON or CSV"}},
	     "say who holds what",
	     assign},
	    {"unassign",
	     {{"PREFIX", Kind::prefix}},
	     {{"ports", "A-B", Kind::ports, "only these ports"}},
	     "end what assign has said",
	     unassign},
	    {"sources", {}, {}, "where assignments come from, and how that goes", sources},
	    {"import", {{"FILE|-", Kind::file}}, {}, "quarantines in bulk, from NDJSON, CSV or a list", import},
	    {"explain",
	     {{"SRC", Kind::address}, {"DST", Kind::address}, {"PORT", Kind::port, true}},
	     {},
	     "what happens to such a packet, and why",
	     explain},
	    {"export",
	     {},
	     {{"format", "FORMAT", Kind::format, "nft or json, for nft -f or nft -j -f"},
	      {"config", "FILE", Kind::file, "from this configuration; needs no agent"},
	      {"without-state", "", Kind::nothing, "without quarantines and exemptions"}},
	     "a ruleset for a router with no agent",
	     export_ruleset},
	    {"check", {{"FILE", Kind::file}}, {}, "check a configuration; needs no agent", check, false, false},
	    {"reload", {}, {}, "read the configuration again", reload},
	    {"events",
	     {},
	     {{"follow", "", Kind::nothing, "go on until interrupted"}},
	     "what the agent did lately",
	     events},
	    {"remove",
	     {},
	     {{"yes", "", Kind::nothing, "do not ask"}},
	     "take the table away: port 25 is open then",
	     remove},
	    {"help", {{"VERB", Kind::verb, true}}, {}, "this, or more about one verb", help, false, false},
	    {"completion", {{"SHELL", Kind::shell}}, {}, "the completion for a shell", completion, true, false},
	};
	return table;
}

const Verb* find_verb(std::string_view name) {
	for (const auto& verb : verbs()) {
		if (verb.name == name) return &verb;
	}
	return nullptr;
}

const std::vector<Option>& global_options() {
	static const std::vector<Option> table{
	    {"socket", "PATH", Kind::file, "the agent's socket (or GATE25_SOCKET in the environment)"},
	    {"json", "", Kind::nothing, "JSON instead of text for people"},
	    {"no-color", "", Kind::nothing, "no colour (or NO_COLOR in the environment)"},
	    {"help", "", Kind::nothing, "this, or more about one verb"},
	    {"version", "", Kind::nothing, "the version"},
	};
	return table;
}

} // namespace gate25::cli
