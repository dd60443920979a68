# SPDX-License-Identifier: GPL-2.0-or-later
"""A storm of alerts in bulk, and the same set loaded by nft and by ipset, which store nothing."""

import subscriber

import fill
from place import Place
from programs import ask, cost, cpu_of
from report import counted
from rounds import Figure, ratio

LINES_OF_A_REQUEST = 5_000
REPORTERS = 3
GOAL = 100_000


def run(bench):
    count = bench.rounds(20_000, 200_000)
    bench.report.section("storm", f"{counted(count)} alerts in bulk from {REPORTERS} reporters, half of each IP version "
                         "(times nft -f)")
    found = {"gate25": [], "nft": [], "ipset": []}
    with Place() as place:
        router, plain = place.namespace("router"), place.namespace("plain")
        files = fill.nft_file(place.home / "elements.nft", count), fill.ipset_file(place.home / "elements.ipset", count)
        for turn in range(bench.rounds(1, 3)):
            found["gate25"].append(_storm(place, router, count, turn == 0))
            found["nft"].append(_nft(plain, files[0]))
            found["ipset"].append(_ipset(plain, files[1]))
    _tell(bench, count, found)


def _storm(place, router, count, is_looked_at):
    """(seconds, CPU seconds); the answers came when all was stored and in the kernel."""
    agent = place.agent(router).start()
    begun = cpu_of(agent.pid)
    done = ask(router, "alert_bench", "storm", agent.home / "alert.sock", count,
               LINES_OF_A_REQUEST, REPORTERS)
    spent = cpu_of(agent.pid) - begun
    elements = agent.gate25("status")["kernel"]["elements"]
    if done["decided"] != count or elements != count:
        raise RuntimeError(f"{count} alerts, of which {done['decided']} decided; {elements} elements")
    if is_looked_at:
        _look(router, count)
    agent.stop()
    router.run("nft", "delete", "table", "inet", "gate25")
    return done["seconds"], spent


def _look(router, count):
    """Some of them in the kernel, in one question for each family: nft reads all of the set to answer it."""
    numbers = range(0, count // 2, max(1, count // 20))
    for family, address in ((4, subscriber.v4), (6, subscriber.v6)):
        asked = ", ".join(address(n) for n in numbers)
        router.run("nft", "get", "element", "inet", "gate25", f"quarantine{family}_port25", f"{{ {asked} }}")


def _nft(plain, file):
    one = cost(plain.command("nft", "-f", file))
    plain.run("nft", "delete", "table", "inet", "plain")
    return one.seconds, one.cpu


def _ipset(plain, file):
    one = cost(plain.command("ipset", "restore", "-file", file))
    plain.run("ipset", "destroy")
    return one.seconds, one.cpu


def _tell(bench, count, found):
    seconds = {name: [one[0] for one in rounds] for name, rounds in found.items()}
    for name, words in (("gate25", "alerts over HTTP, durable and enforced"), ("nft", "nft -f of the same set"),
                        ("ipset", "ipset restore of the same set")):
        bench.report.row(words, Figure(seconds[name]), "s", ratio(seconds[name], seconds["nft"]),
                         note=f"{Figure([one[1] for one in found[name]]).value:.2f} s of CPU")
    rate = Figure([count / one for one in seconds["gate25"]])
    bench.report.row("alerts per second", rate, "/s")
    bench.report.row("alerts per second of CPU", Figure([count / one[1] for one in found["gate25"]]), "/s",
                     note=f"{ratio([one[1] for one in found['gate25']], [one[1] for one in found['nft']]).value:.2f} times the CPU of nft -f")
    bench.report.promise("alerts per second, durable and enforced", rate.value, "", ">=", GOAL)
    bench.report.promise("a storm of alerts / nft -f of the same set", ratio(seconds["gate25"], seconds["nft"]).value, "", "<", 1)
