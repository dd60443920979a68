# SPDX-License-Identifier: GPL-2.0-or-later
"""What the file of assignments costs: its start, what is written for each session, its size, and what it can be asked."""

from place import Place
from programs import ask
from report import counted
from rounds import Figure

EVENTS_OF_A_SECOND = 20_000
LOAD_BOUND, CORE_BOUND, STANDING_BOUND, HISTORY_BOUND = 5, 0.5, 150, 120


def run(bench):
    with Place() as place:
        found = ask(place.namespace("file"), "assignment_file_bench", bench.many, bench.some * 4, place.home)
    bench.report.section("assignment_file", f"The file of {counted(bench.many)} assignments, half of each family (CPU of the whole program)")
    _write(bench, found)
    _read(bench, found)
    load, core = found["load_seconds"] * 1_000_000 / bench.many, found["churn_us"] * EVENTS_OF_A_SECOND / 1e6
    bench.report.promise("a million are there at the start after", load, "s", "<", LOAD_BOUND)
    bench.report.promise(f"{counted(EVENTS_OF_A_SECOND)} begins and ends a second, of one core", core, "", "<=", CORE_BOUND)
    bench.report.promise("bytes of the file for one that stands, with its name", found["bytes_standing"], "", "<=", STANDING_BOUND)
    bench.report.promise("bytes of the file for one that is over", found["bytes_history"], "", "<=", HISTORY_BOUND)


def _write(bench, found):
    for words, key in (("the first begin of a subscriber", "begin_us"), ("a further begin or end, with history", "churn_us"),
                       ("a refreshment", "refresh_us"), ("one that is too old goes", "prune_us")):
        us = found[key]
        bench.report.row(words, Figure([us]), "us", note=f"{1e6 / us:,.0f} a second on one core" if us else "")
    for words, key in (("one that stands, with its name", "bytes_standing"), ("one that is over", "bytes_history")):
        bench.report.row(words, Figure([found[key]]), "bytes", note="of the file")


def _read(bench, found):
    bench.report.row("all are read at the start", Figure([found["load_seconds"]]), "s")
    for words, key in (("who holds it", "now_us"), ("who held it then", "then_us")):
        bench.report.row(words, Figure([found[key]]), "us", note=f"{1e6 / found[key]:,.0f} a second")
    for words, key in (("all of one subscriber", "history_ms"), ("one subscriber is forgotten", "forget_ms")):
        bench.report.row(words, Figure([found[key]]), "ms", note="by the wall clock")
