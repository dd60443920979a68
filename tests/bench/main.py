# SPDX-License-Identifier: GPL-2.0-or-later
"""The benchmarks, one after the other, and one line in the end. Called by tests/bench/run."""

import argparse
import importlib
import os
import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from lab.claim import sweep  # noqa: E402

import plots  # noqa: E402
from programs import OUT  # noqa: E402
from report import Report  # noqa: E402

# In this order. `million` makes three of the tables of docs/benchmarks.md with one agent that holds a million.
NAMES = ("decision", "alert", "storm", "reports", "million", "forward", "memory", "explain", "cut", "volume", "radius", "subscribers", "assignment_file")

DESCRIPTION = """Measures gate25 beside what is used today, in network namespaces of its own, and says which promises of
docs/benchmarks.md it keeps. Results go to bench/ in the build directory."""


class Bench:
    """How much is measured, and where it is told."""

    def __init__(self, is_quick):
        self.is_quick = is_quick
        self.some, self.many = (10_000, 100_000) if is_quick else (100_000, 1_000_000)
        self.report = Report(is_quick)

    def rounds(self, quick, full):
        return quick if self.is_quick else full


def parse_options():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=DESCRIPTION)
    parser.add_argument("--quick", action="store_true", help="a tenth of the decisions and few rounds: does it run, not how fast")
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME", help=f"one of {', '.join(NAMES)}; may be repeated")
    parser.add_argument("--publish", action="store_true", help="also put table and plots into docs/")
    return parser.parse_args()


def measure(bench, name):
    try:
        importlib.import_module(f"rows_{name}").run(bench)
    except Exception as error:  # the others are measured all the same
        traceback.print_exc()
        bench.report.failure(name, error)


def main():
    options = parse_options()
    OUT.mkdir(parents=True, exist_ok=True)
    bench = Bench(options.quick)
    if os.getloadavg()[0] > os.cpu_count():
        print(f"Others keep this machine busy (load average {os.getloadavg()[0]:.1f}): of what is measured by the wall clock, "
              "believe the seconds of CPU beside it.")
    try:
        for name in options.only or NAMES:
            measure(bench, name)
    finally:
        sweep()
    bench.report.write(OUT / "results.json")
    plots.draw(bench.report, OUT)
    if options.publish:
        plots.publish(bench.report, OUT, ROOT / "docs")
    return bench.report.end()


if __name__ == "__main__":
    sys.exit(main())
