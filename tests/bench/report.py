# SPDX-License-Identifier: GPL-2.0-or-later
"""What was measured: a table on the terminal, results.json, and which promises hold."""

import json
import os
import platform
import time
from collections import namedtuple

Row = namedtuple("Row", "section name value unit low high rounds beside note")
Promise = namedtuple("Promise", "section text measured unit sign bound kept")

NAME, VALUE, SPREAD, BESIDE = 46, 14, 21, 11


def spelt(value):
    """Three figures that mean something: 0.971, 3.42, 47.0, 1,234"""
    if value == 0:
        return "0"
    for limit, digits in ((10, 3 if abs(value) < 1.1 else 2), (100, 1)):
        if abs(value) < limit:
            return f"{value:.{digits}f}"
    return f"{value:,.0f}"


def counted(number):
    """0, 100 k, 1 M"""
    for size, word in ((1_000_000, " M"), (1000, " k")):
        if number >= size and number % (size // 10) == 0:
            return f"{number / size:g}{word}"
    return str(number)


class Report:
    def __init__(self, is_quick):
        self.rows, self.promises, self._section, self._begun = [], [], "", time.monotonic()
        self._is_quick, self._sections = is_quick, {}

    def section(self, name, title):
        self._section = name
        self._sections[name] = title
        print(f"\n{title}   [{time.monotonic() - self._begun:.0f} s]", flush=True)

    def row(self, name, figure, unit, beside=None, note=""):
        """`beside`: how many times what it is compared with, as a Figure or a number."""
        beside = getattr(beside, "value", beside)
        row = Row(self._section, name, figure.value, unit, figure.low, figure.high, figure.rounds, beside, note)
        self.rows.append(row)
        print("  " + line_of(row).rstrip(), flush=True)

    def promise(self, text, measured, unit, sign, bound):
        """sign: "<=", "<", ">=", ">" or "==" """
        kept = {"<=": measured <= bound, "<": measured < bound, ">=": measured >= bound, ">": measured > bound,
                "==": measured == bound}[sign]
        self.promises.append(Promise(self._section, text, measured, unit, sign, bound, kept))

    def failure(self, section, error):
        """A benchmark that could not be made keeps no promise."""
        self.promises.append(Promise(section, f"the benchmark runs: {str(error).strip().splitlines()[0][:160]}", 0, "", "==",
                                     1, False))

    def value(self, section, name):
        return next(r.value for r in self.rows if (r.section, r.name) == (section, name))

    def end(self):
        print(f"\nPromises ({time.monotonic() - self._begun:.0f} s in all)")
        for promise in self.promises:
            print("  " + promise_line(promise))
        kept = sum(p.kept for p in self.promises)
        print(f"{kept} passed, {len(self.promises) - kept} failed")
        return 0 if kept == len(self.promises) and self.rows else 1

    def document(self):
        return {
            "schema": 1, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "quick": self._is_quick,
            "machine": {"processors": os.cpu_count(), "kernel": platform.release(), "architecture": platform.machine()},
            "sections": self._sections, "rows": [r._asdict() for r in self.rows],
            "promises": [p._asdict() for p in self.promises],
        }

    def write(self, path):
        path.write_text(json.dumps(self.document(), indent=1) + "\n")


def line_of(row):
    spread = "" if row.rounds == 1 else f"({spelt(row.low)} - {spelt(row.high)})"
    beside = "" if row.beside is None else f"{spelt(row.beside)} x"
    return f"{row.name:<{NAME}}{spelt(row.value) + ' ' + row.unit:>{VALUE}} {spread:<{SPREAD}}{beside:>{BESIDE}}  {row.note}"


def promise_line(promise):
    unit = f" {promise.unit}" if promise.unit else ""
    return (f"{'kept  ' if promise.kept else 'MISSED'} {promise.text}: {spelt(promise.measured)}{unit}, "
            f"promised {promise.sign} {spelt(promise.bound)}{unit}")
