# SPDX-License-Identifier: GPL-2.0-or-later
"""Ending the mail sessions of one subscriber among many tracked connections, beside `conntrack -D`."""

import json
import subprocess

from programs import BENCH
from report import counted
from rounds import Figure

PAIRS = (("IPv4 address", "ours_us", "conntrack_D_us"), ("IPv6 prefix", "ours_ipv6_prefix_us", "conntrack_D_ipv6_prefix_us"))


def run(bench):
    bench.report.section("cut", "The sessions of one subscriber, ended among many tracked connections (times conntrack -D)")
    program = BENCH / "cut_bench"
    if not program.exists():
        print("  not measured: cut_bench is not built", flush=True)
        return
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"cut_bench -> {done.returncode}: {done.stderr}")
    told = json.loads(done.stdout)
    among = f"{told['cut']} of {counted(told['entries'])}"
    for words, ours, theirs in PAIRS:
        bench.report.row(f"gate25, {words}, {among}", Figure([told[ours] / 1e3]), "ms", told[ours] / told[theirs])
        bench.report.row(f"conntrack -D, {words}", Figure([told[theirs] / 1e3]), "ms", 1)
    bench.report.row("gate25, when nothing is offloaded", Figure([told["nothing_offloaded_us"]]), "us")
