# SPDX-License-Identifier: GPL-2.0-or-later
"""How many cases per second explain judges; the program says it in a sentence."""

import re
import subprocess

from programs import BENCH
from rounds import Figure

SENTENCE = r"explain: (\d+) decisions/s .* among (\d+) decisions; goal (\d+)"


def run(bench):
    bench.report.section("explain", "explain, on one core")
    told = subprocess.run([BENCH / "explain_bench"], capture_output=True, text=True, check=False).stdout
    found = re.search(SENTENCE, told)
    if not found:
        raise RuntimeError(f"explain_bench was expected to say {SENTENCE}, and said {told}")
    rate, decisions, goal = map(int, found.groups())
    bench.report.row(f"cases judged, {decisions} decisions", Figure([rate]), "/s")
    bench.report.promise("cases that explain judges per second", rate, "", ">=", goal)
