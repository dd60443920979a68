# SPDX-License-Identifier: GPL-2.0-or-later
"""Ending the tracked connections of one subscriber, beside `conntrack -D`."""

import json
import subprocess

from programs import BENCH
from rounds import Figure


def run(bench):
    bench.report.section("cut", "The tracked connections of one subscriber, ended among many others")
    program = BENCH / "cut_bench"
    if not program.exists():
        print("  not measured: cut_bench is not built", flush=True)
        return
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"cut_bench -> {done.returncode}: {done.stderr}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    for name, value in told.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            bench.report.row(name, Figure([value]), "")
