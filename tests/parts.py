# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of the test run, one after the other, and one line in the end. Called by tests/run."""

import argparse
import json
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "build" / "test-logs"

DESCRIPTION = "Builds gate25 and runs its tests. Without options: all but torture, other kernels, and benchmarks."
SANITIZERS = "address,undefined"
# What sanitizers have nothing to say of: benchmarks, and the comparison with the kernel, which runs without them.
NOT_SANITIZED = ("tests/bench", "tests/compare")
# Each worker has a lab of its own, and most of a lab's time is waiting.
LAB_WORKERS = min(4, 2 * len(os.sched_getaffinity(0)))
# Line numbers only and no optimization, which halves the time twice; and GCC 12 sees things that are not there once it has added
# its checks.
SANITIZED_ARGUMENTS = "-g1 -Wno-maybe-uninitialized"


class Counts:
    def __init__(self, passed=0, failed=0, skipped=0, reasons=()):
        self.passed, self.failed, self.skipped, self.reasons = passed, failed, skipped, list(reasons)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.reasons += other.reasons

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


class Run:
    """Shows each part with its counts and its time, and keeps the sum."""

    def __init__(self, is_loud):
        self.total = Counts()
        self._is_loud = is_loud
        self._begun = time.monotonic()
        LOGS.mkdir(parents=True, exist_ok=True)

    def part(self, name, what, *arguments):
        print(f"{name:<28}", end="\n" if self._is_loud else "", flush=True)
        begun = time.monotonic()
        log = LOGS / (re.sub(r"\W+", "-", name) + ".log")
        with log.open("w") as file:
            counts = what(Log(file, self._is_loud), *arguments)
        self.total.add(counts)
        print(f"{str(counts):<36} {time.monotonic() - begun:6.1f} s", flush=True)
        for reason in counts.reasons:
            print(f"    skipped: {reason}")
        if counts.failed:
            print("\n".join("    " + line for line in log.read_text(errors="replace").splitlines()[-60:]))
            print(f"    (the whole of it: {log})", flush=True)
        return counts.failed == 0

    def end(self):
        print(f"{'in all':<28}{'':<36} {time.monotonic() - self._begun:6.1f} s")
        print(self.total)
        return 0 if self.total.failed == 0 and self.total.passed > 0 else 1


class Log:
    def __init__(self, file, is_loud):
        self._file, self._is_loud = file, is_loud

    def run(self, *words, env=None):
        """The exit status and the output of a command, which also goes to the log."""
        lines = []
        words = [str(word) for word in words]
        self._write("$ " + " ".join(words) + "\n")
        with subprocess.Popen(words, cwd=ROOT, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace") as process:
            for line in process.stdout:
                lines.append(line)
                self._write(line)
        return process.returncode, "".join(lines)

    def _write(self, text):
        self._file.write(text)
        self._file.flush()
        if self._is_loud:
            print(text, end="", flush=True)


# The parts. Each gets a log and gives back counts.

def build(log, directory, *options, without=()):
    """Counts as one test: it builds, and without a warning in our own sources."""
    if not (directory / "build.ninja").exists():
        code, _ = log.run("meson", "setup", directory, ROOT, *options)
        if code:
            return Counts(failed=1)
    code, output = log.run("ninja", "-C", directory, *(targets(directory, without) if without else []))
    warnings = sorted({line for line in output.splitlines() if ": warning:" in line})
    for line in warnings[:20]:
        print("\n    " + line, end="")
    return Counts(failed=1) if code or warnings else Counts(passed=1)


def introspected(directory, what):
    return json.loads(subprocess.run(["meson", "introspect", what, directory], capture_output=True, text=True, check=True).stdout)


def targets(directory, without):
    """The files to build, but for those that are defined in these folders."""
    left_out = tuple(f"{ROOT / folder}/" for folder in without)
    wanted = [target for target in introspected(directory, "--targets") if target["build_by_default"]]
    return [os.path.relpath(file, directory) for target in wanted if not target["defined_in"].startswith(left_out)
            for file in target["filename"]]


def known_tests(directory):
    return [test["name"] for test in introspected(directory, "--tests")]


def is_comparison(name):
    return name.startswith("compare")


def meson_tests(log, directory, wanted, env=None):
    """Tests that meson knows; doctest says how many cases there were."""
    if not wanted:
        return Counts(failed=1)
    code, output = log.run("meson", "test", "-C", directory, "--no-rebuild", "--verbose", "--num-processes", "1",
                           "--timeout-multiplier", "3", *wanted, env=env)
    counts = Counts()
    cases = re.findall(r"test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed(?: \|\s*(\d+) skipped)?", output)
    for passed, failed, _ in cases:
        counts.add(Counts(int(passed), int(failed)))
    told = dict(re.findall(r"^(Ok|Fail|Expected Fail|Unexpected Pass|Timeout|Skipped):\s+(\d+)", output, re.M))
    told = {word: int(number) for word, number in told.items()}
    # A doctest program is one "Ok" for meson and many cases for us.
    doctest_programs_ok = sum(1 for _, failed, _ in cases if failed == "0")
    counts.passed += max(0, told.get("Ok", 0) - doctest_programs_ok)
    bad = told.get("Fail", 0) + told.get("Timeout", 0) + told.get("Unexpected Pass", 0)
    counts.failed = max(counts.failed, bad, 1 if code else 0)
    if told.get("Skipped"):
        counts.skipped = told["Skipped"]
        counts.reasons = re.findall(r"skipped: (.+)", output) or ["meson does not say why"]
    return counts


def pytest(log, path, *options, env=None):
    report = LOGS / "pytest.xml"
    report.unlink(missing_ok=True)
    code, _ = log.run("/usr/bin/python3", "-m", "pytest", path, "-p", "no:cacheprovider", "-ra", "--durations=5",
                      f"--junitxml={report}", *options, env=env)
    if not report.exists():
        return Counts(failed=1)
    counts = Counts()
    for suite in ElementTree.parse(report).iter("testsuite"):
        number = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
        bad = number["failures"] + number["errors"]
        counts.add(Counts(number["tests"] - bad - number["skipped"], bad, number["skipped"]))
        counts.reasons += sorted({s.get("message", "") for s in suite.iter("skipped")})
    if code not in (0, 1) or (code == 1 and counts.failed == 0):
        counts.failed += 1
    return counts


def lab(log, env):
    return pytest(log, "tests/lab", f"--numprocesses={LAB_WORKERS}", env=env)


def sweep_labs():
    """Every lab takes its namespaces away; this is for what a killed one has left."""
    sys.path.insert(0, str(ROOT / "tests"))
    from lab.claim import sweep
    sweep()


def further(name, env, *words):
    """tests/NAME/run: its last line is the summary."""
    script = ROOT / "tests" / name / "run"

    def run(log):
        if not script.exists():
            return Counts(skipped=1, reasons=[f"tests/{name}/run is not there"])
        code, output = log.run(script, *words, env=env)
        told = re.findall(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", output)
        if not told:
            return Counts(passed=1) if code == 0 else Counts(failed=1)
        passed, failed, skipped = (int(n or 0) for n in told[-1])
        reasons = re.findall(r"skipped: (.+)", output) or ["see its log"] if skipped else []
        return Counts(passed, max(failed, 1 if code else 0), skipped, reasons)
    return run


def checked(run, options):
    """Everything that was asked for; a build that fails ends its own parts only."""
    directory = Path(options.build).resolve()
    environment = {"GATE25_BUILD": str(directory)}
    run.part("style", pytest, "tests/style")
    if run.part("build", build, directory):
        names = known_tests(directory)
        run.part("unit", meson_tests, directory, [n for n in names if not is_comparison(n)])
        run.part("explain is the kernel", meson_tests, directory, [n for n in names if is_comparison(n)])
        run.part("documentation", lambda log: pytest(log, "tests/docs", env=environment))
        run.part("packaging", lambda log: pytest(log, "tests/packaging", env=environment))
        run.part("readers", lambda log: pytest(log, "tests/reader", env=environment))
        run.part("hostile reports", lambda log: pytest(log, "tests/reports", env=environment))
        if not options.fast:
            run.part("lab", lab, environment)
        if options.vm:
            run.part("vm", further("vm", environment))
        if options.torture or options.long:
            run.part("torture", lambda log: pytest(log, "tests/torture", *(["--long"] if options.long else []), env=environment))
        if options.fuzz:
            run.part("fuzz", further("fuzz", environment, "--seconds", options.fuzz))
        if options.bench:
            run.part("bench", further("bench", environment))
    if options.sanitize:
        sanitized(run)


def sanitized(run):
    directory = ROOT / "build-asan"
    environment = {
        "GATE25_BUILD": str(directory),
        "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:abort_on_error=0",
        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    }
    options = [f"-Db_sanitize={SANITIZERS}", "-Db_lundef=false", "-Doptimization=0", "-Ddebug=false", f"-Dcpp_args={SANITIZED_ARGUMENTS}"]
    if not run.part("build, sanitizers", lambda log: build(log, directory, *options, without=NOT_SANITIZED)):
        return
    names = [n for n in known_tests(directory) if not is_comparison(n)]
    run.part("unit, sanitizers", meson_tests, directory, names, environment)
    run.part("lab, sanitizers", lab, environment)


def parse_options():
    parser = argparse.ArgumentParser(prog="tests/run", description=DESCRIPTION)
    parser.add_argument("--fast", action="store_true", help="without the lab and without the sanitizers")
    parser.add_argument("--no-sanitize", dest="sanitize", action="store_false", help="without the second build, with ASan and UBSan")
    parser.add_argument("--sanitize", action="store_true", help="with the sanitizers although --fast is given")
    parser.add_argument("--vm", action="store_true", help="also on stock kernels (tests/vm/run)")
    parser.add_argument("--torture", action="store_true", help="also kill, cut, fill and flood it (tests/torture/run)")
    parser.add_argument("--long", action="store_true", help="torture for a night instead of minutes")
    parser.add_argument("--fuzz", type=int, nargs="?", const=60, metavar="SECONDS",
                        help="also libFuzzer against each parser, for a minute, or --fuzz=3600 for an hour (tests/fuzz/run)")
    parser.add_argument("--bench", action="store_true", help="also the benchmarks (tests/bench/run)")
    parser.add_argument("--build", default=str(ROOT / "build"), metavar="DIR", help="the build directory, build/ by default")
    parser.add_argument("--verbose", action="store_true", help="show all output as it comes")
    parser.set_defaults(sanitize=None)
    options = parser.parse_args()
    if options.sanitize is None:
        options.sanitize = not options.fast
    return options


def main():
    options = parse_options()
    if os.geteuid() != 0:
        print("The tests make network namespaces, which needs root: sudo tests/run", file=sys.stderr)
        return 1
    run = Run(options.verbose)
    try:
        checked(run, options)
    except KeyboardInterrupt:
        print("\ninterrupted")
        run.total.failed += 1
    finally:
        sweep_labs()
    return run.end()


if __name__ == "__main__":
    sys.exit(main())
