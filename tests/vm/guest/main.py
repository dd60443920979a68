# SPDX-License-Identifier: GPL-2.0-or-later
"""All checks of the guest. A word as argument: only those whose name holds it."""

import sys
from pathlib import Path

JOB = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(JOB / "tests"))

import checks
import dialogue
import features
import flush
import lifetime
import limits
import offload
import offload_garden
import rules
import verdicts
import volume
from place import Place

if __name__ == "__main__":
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    with Place() as place:
        modules = (features, rules, dialogue, lifetime, flush, offload, offload_garden, verdicts, volume, limits)
        sys.exit(checks.run(place, modules, only))
