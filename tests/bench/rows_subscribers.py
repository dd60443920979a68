# SPDX-License-Identifier: GPL-2.0-or-later
"""What knowing of a million subscribers who holds what costs: memory for each assignment, CPU for each claim."""

from place import Place
from programs import ask
from report import counted
from rounds import Figure

BYTES_BOUND, REFRESH_BOUND, BEGIN_BOUND, PAUSE_BOUND_MS = 150, 5, 10, 20
CLAIMS = {
    "begin": "begins", "refresh": "is refreshed", "move": "moves to another prefix", "end": "ends",
    "begin_both": "begins, both families in one claim", "refresh_both": "is refreshed, both families in one claim",
}


def run(bench):
    with Place() as place:
        found = ask(place.namespace("book"), "assignment_bench", bench.many)
    far = found["far_ns"]
    bench.report.section("subscribers", f"Assignments of {counted(bench.many)} subscribers, half of each family (CPU of a claim; times a "
                         "wait for one place in memory that is in no cache)")
    bench.report.row("one wait for far memory", Figure([far]), "ns", 1)
    for name, words in CLAIMS.items():
        ns = found[name]["ns"]
        bench.report.row(words, Figure([ns]), "ns", ns / far, f"{1e9 / ns:,.0f} a second on one core")
    put = found["put"]["ns"]
    bench.report.row("is put back at the start of the agent", Figure([put]), "ns", put / far, f"{put / 1000:.1f} s for a million")
    server = found["end_server"]
    bench.report.row("an access server starts anew", Figure([server["ms"]]), "ms", note=f"ends {server['ended']:,} assignments, in parts of at most {server['longest_ms']:.1f} ms")
    for name, words in (("bytes", "one for each subscriber"), ("bytes_both", "one of each family for each")):
        sizes = found[name]
        bench.report.row(f"memory, {words}", Figure([sizes["allocated"]]), "bytes",
                         note=f"{sizes['resident']:.0f} resident, {sizes['own']:.0f} by the book's own count")
        bench.report.promise(f"bytes for an assignment, {words}", max(sizes["allocated"], sizes["resident"]), "", "<", BYTES_BOUND)
        bench.report.promise(f"what the book says it needs / what it needs, {words}", sizes["own"] / sizes["allocated"], "", ">=", 0.95)
    bench.report.promise("a refreshment, in waits for far memory", found["refresh"]["ns"] / far, "", "<=", REFRESH_BOUND)
    bench.report.promise("a claim that begins, in waits for far memory", found["begin"]["ns"] / far, "", "<=", BEGIN_BOUND)
    longest = max(found[name]["longest_us"] for name in CLAIMS) / 1000
    bench.report.promise("the slowest 64 claims", longest, "ms", "<", PAUSE_BOUND_MS)
    bench.report.promise("the slowest part of an access server's new beginning", server["longest_ms"], "ms", "<", PAUSE_BOUND_MS)
