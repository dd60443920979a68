// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/import_file.h"
#include "cli/verbs.h"

namespace gate25::cli {

int import(const Call& call) {
	return import_file(call, quarantine_import(), call.words.arguments[0]);
}

} // namespace gate25::cli
