# SPDX-License-Identifier: GPL-2.0-or-later
"""What RADIUS accounting costs: packets of a second of gate25d's CPU, from the socket to the durable row and the answer."""

from subprocess import DEVNULL

from place import Place
from programs import BENCH, ask, cpu_of, memory_of
from report import counted
from rounds import Figure
from wanderer import NAME, Wanderer

PORT, SECRET, IN_FLIGHT = 1813, "a shared secret", 2048
PHASES = {"start": "sessions begin", "interim": "they go on, nothing new", "move": "they end, and begin at others' addresses"}
PER_SECOND = 20_000
COVERED_MS = 100


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
        _wander(bench, agent, router)
        agent.stop()
    bench.report.promise("accounting packets in a second of gate25d's CPU", packets / cpu, "", ">=", PER_SECOND)


def _wander(bench, agent, router):
    """A quarantine follows to a new address, whatever else there is to do."""
    wanderer, moves = Wanderer(router, PORT, SECRET), bench.rounds(20, 100)
    wanderer.begin()
    agent.gate25("quarantine", f"subscriber:{NAME}", "--level", "port25", "--for", "1h")
    _covered(bench, "nothing else to do", [wanderer.move() for _ in range(moves)])
    crowd = router.popen(BENCH / "radius_bench", PORT, SECRET, bench.some, IN_FLIGHT, *["interim"] * 1000, stdout=DEVNULL)
    _covered(bench, f"{IN_FLIGHT} packets of others on their way", [wanderer.move() for _ in range(moves)])
    crowd.kill()
    crowd.wait()
    wanderer.restart("192.0.2.10", "bras-1")
    _covered(bench, f"another access server has just ended {counted(2 * bench.some)} assignments", [wanderer.move()])


def _covered(bench, words, moves):
    covered, answered = zip(*moves)
    bench.report.row(f"a quarantine covers the new addresses, {words}", Figure(covered), "ms",
                     note=f"after the packet; at most {max(covered):.1f} ms, answered (it is on the disk then) after at most {max(answered):.1f} ms")
    bench.report.promise(f"a quarantine covers the new addresses, {words}", max(covered), "ms", "<", COVERED_MS)
