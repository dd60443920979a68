// SPDX-License-Identifier: GPL-2.0-or-later
//
// The one table of verbs, and the verbs themselves, each in its file verb_NAME.cpp.
#pragma once

#include "cli/verb.h"

namespace gate25::cli {

const std::vector<Verb>& verbs(); // in the order of the help
const Verb* find_verb(std::string_view name);
// --socket, --json and the like, allowed before and after the verb.
const std::vector<Option>& global_options();

int status(const Call& call);
int quarantine(const Call& call);
int release(const Call& call);
int list(const Call& call);
int show(const Call& call);
int history(const Call& call);
int exempt(const Call& call);
int unexempt(const Call& call);
int exemptions(const Call& call);
int alert(const Call& call);
int report_abuse(const Call& call);
int inbox(const Call& call);
int score(const Call& call);
int replay(const Call& call);
int volume(const Call& call);
int what_if(const Call& call);
int subscriber(const Call& call);
int holder(const Call& call);
int contact(const Call& call);
int notices(const Call& call);
int forget(const Call& call);
int assign(const Call& call);
int unassign(const Call& call);
int sources(const Call& call);
int import(const Call& call);
int explain(const Call& call);
int export_ruleset(const Call& call);
int check(const Call& call);
int reload(const Call& call);
int events(const Call& call);
int remove(const Call& call);
int completion(const Call& call);
int help(const Call& call);

} // namespace gate25::cli
