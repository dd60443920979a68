# SPDX-License-Identifier: GPL-2.0-or-later
"""What RADIUS accounting costs: packets of a second of gate25d's CPU, from the socket to the durable row and the answer."""

from place import Place
from programs import ask, cpu_of, memory_of
from report import counted
from rounds import Figure

PORT, SECRET, IN_FLIGHT = 1813, "a shared secret", 2048
PHASES = {"start": "sessions begin", "interim": "they go on, nothing new", "move": "they end, and begin at others' addresses"}
PER_SECOND = 20_000


def run(bench):
    bench.report.section("radius", f"Accounting of {counted(bench.some)} sessions, an IPv4 address and a /56 each, {IN_FLIGHT} packets "
                         "on their way (CPU of gate25d, all threads)")
    packets = cpu = 0
    with Place() as place:
        router = place.namespace("router")
        secret = place.home / "secret"
        secret.write_text(SECRET + "\n")
        agent = place.agent(router, {
            "radius": {"listen": [f"127.0.0.1:{PORT}"]},
            "radius_client": [{"name": "bench", "match": ["127.0.0.1"], "secret_file": str(secret)}]})
        agent.start()
        empty = memory_of(agent.pid, "VmRSS")
        for phase, words in PHASES.items():
            before = cpu_of(agent.pid)
            told = ask(router, "radius_bench", PORT, SECRET, bench.some, IN_FLIGHT, phase)[phase]
            spent = cpu_of(agent.pid) - before
            packets, cpu = packets + told["packets"], cpu + spent
            bench.report.row(words, Figure([spent / told["packets"] * 1e6]), "us",
                             note=f"{told['packets'] / spent:,.0f} packets in a second of CPU; {told['packets'] / told['seconds']:,.0f} "
                             f"a second by the wall clock, answered after {told['median_us'] / 1000:.1f} ms, {told['repeats']} repeated")
        grown = memory_of(agent.pid, "VmRSS") - empty
        bench.report.row("memory", Figure([grown / 1024]), "MiB", note=f"{grown * 1024 / bench.some / 2:.0f} bytes for each of "
                         f"{counted(2 * bench.some)} assignments, with what is remembered of packets and sessions")
        agent.stop()
    bench.report.promise("accounting packets in a second of gate25d's CPU", packets / cpu, "", ">=", PER_SECOND)
