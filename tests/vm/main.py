# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots the kernels, shows what their guests report, counts. Called by tests/vm/run."""

import argparse
import collections
import concurrent.futures
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import machine
from kernel import META, Kernel

ROOT = Path(__file__).resolve().parents[2]
BINARIES = ("agent/gate25d", "agent/cli/gate25", "tests/watch/watch_driver")

# What a guest reports about one check (guest/checks.py): "pass NAME (1.2 s)".
REPORT = re.compile(r"(pass|FAIL|open) ")
OPEN = re.compile(r"open .* s\) - ([^:]+)")


def main():
    options = parse_options()
    names = list(META) if options.kernel == "all" else [options.kernel]
    reasons = set()
    with concurrent.futures.ThreadPoolExecutor(1 if options.one_by_one else len(names)) as pool:
        counts = sum(pool.map(lambda name: on_kernel(name, options, reasons), names), collections.Counter())
    passed, failed, skipped = counts["pass"], counts["FAIL"], counts["open"]
    for reason in sorted(reasons):
        print(f"skipped: {reason}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if passed and not failed else 1


def on_kernel(name, options, reasons):
    kernel = Kernel(name)
    for _ in range(2):
        begun = time.monotonic()
        counts, status = attempt(kernel, options, reasons)
        say(name, f"Linux {kernel.version}: exit status {status} after {time.monotonic() - begun:.0f} s")
        if status is not None:
            break
        say(name, "the guest never came to its end: a failure of the machinery, or a panic")
    if status is None or (status and not counts["FAIL"]) or not counts["pass"]:
        say(name, "FAIL the guest as a whole")
        counts["FAIL"] += 1
    return counts


def attempt(kernel, options, reasons):
    """What the guest reported, and its exit status or None."""
    counts = collections.Counter()

    def take(line):
        if report := REPORT.match(line):
            counts[report[1]] += 1
        if reason := OPEN.match(line):
            reasons.add(reason[1])
        say(kernel.name, line)

    job = Path(tempfile.mkdtemp(prefix=f"gate25-vm-{kernel.name}-"))
    try:
        copy_what_is_tested(Path(options.build), job)
        status = machine.boot(kernel, job, options.seconds, take, VM_ONLY=options.only)
        if status is None:
            for log in ("console", "qemu.log", "virtiofsd.log"):
                if (job / log).exists():
                    tail = (job / log).read_text(errors="replace").splitlines()[-20:]
                    say(kernel.name, "\n    ".join([f"the end of {log}:", *tail]))
    finally:
        shutil.rmtree(job)
    return counts, status


def copy_what_is_tested(build, job):
    """The guest must not see a file change under its feet."""
    for name in BINARIES:
        (job / "build" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(build / name, job / "build" / name)
    for name in ("rules", "tests/lab", "tests/vm/guest"):
        shutil.copytree(ROOT / name, job / name, ignore=shutil.ignore_patterns("__pycache__"))
    job.chmod(0o755)


def say(name, text):
    print(f"{name:<5} {text}", flush=True)


def parse_options():
    parser = argparse.ArgumentParser(prog="tests/vm/run", description="The agent on Debian's own kernels, in qemu.")
    parser.add_argument("--kernel", choices=[*META, "all"], default="all", help="all by default")
    parser.add_argument("--only", default="", metavar="WORD", help="only the checks whose name holds this word")
    parser.add_argument("--build", default=os.environ.get("GATE25_BUILD", ROOT / "build"), metavar="DIR")
    parser.add_argument("--seconds", type=int, default=600, help="how long a guest may take, 600 by default")
    parser.add_argument("--one-by-one", action="store_true", help="one guest at a time")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
