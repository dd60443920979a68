# SPDX-License-Identifier: GPL-2.0-or-later
"""One agent with a million quarantines: imported, listed, restarted while packets ask whether it holds."""

import json
import subprocess
import time

from lab.agent import BUILD
from lab.until import until

import fill
from crowd import Crowded
from place import Place
from programs import BENCH, Cost, cost, cpu_of, memory_of
from report import counted
from rounds import Figure, ratio
from street import Street

# Ports 465 and 587 are closed by the quarantine alone, and not by the policy.
LEVEL = "mail"
SAMPLES_A_SECOND = 4000


def run(bench):
    with Place() as place:
        street, plain = Street(place, ("million",)), place.namespace("plain")
        router = street.routers["million"]
        file = fill.nft_file(place.home / "elements.nft", bench.many)
        crowd = Crowded(bench, place, router, LEVEL, {"port25": {"deny": "drop"}})
        loads = [_load(plain, file)]
        _import(bench, place, plain, crowd, loads[0])
        _memory(bench, crowd)
        _restart(bench, street, crowd, lambda: _load(plain, file))
        _list(bench, router, crowd)
        crowd.agent.stop()


def _load(plain, file):
    one = cost(plain.command("nft", "-f", file))
    plain.run("nft", "delete", "table", "inet", "plain")
    return one


def _import(bench, place, plain, crowd, nft):
    bench.report.section("import", f"gate25 import of {counted(bench.many)} (times nft -f of the same set)")
    ipset = cost(plain.command("ipset", "restore", "-file", fill.ipset_file(place.home / "elements.ipset", bench.many)))
    plain.run("ipset", "destroy")
    for words, seconds, cpu in (("gate25 import, durable and enforced", crowd.seconds, crowd.cpu), ("nft -f", nft.seconds, nft.cpu),
                                ("ipset restore", ipset.seconds, ipset.cpu)):
        bench.report.row(words, Figure([seconds]), "s", seconds / nft.seconds, note=f"{cpu:.2f} s of CPU")
    bench.report.row("imported per second", Figure([crowd.count / crowd.seconds]), "/s")
    bench.report.promise("an import / nft -f of the same set", crowd.seconds / nft.seconds, "", "<", 1)


def _memory(bench, crowd):
    bench.report.section("agent-memory", "Memory of the agent")
    for count, kib in crowd.memory_kib.items():
        bench.report.row(f"resident with {counted(count)}", Figure([kib / 1024]), "MiB")
    grown = (crowd.memory_kib[bench.many] - crowd.memory_kib[0]) * 1024 / bench.many
    bench.report.row("for each decision", Figure([grown]), "bytes")


def _restart(bench, street, crowd, load):
    bench.report.section("restart", f"kill -9 and restart with {counted(bench.many)} quarantines (times nft -f of the same set)")
    sampler = street.sender.popen(BENCH / "syn_sampler", street.interface("million"), SAMPLES_A_SECOND, 0, bench.many // 2,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    until(lambda: street.arrived()["at_liberty"] > 100, "the sampler's packets to arrive", 10)
    restarts, loads = [], []
    for _ in range(bench.rounds(2, 3)):
        restarts.append(_restart_once(crowd.agent))
        loads.append(load())
    sent = json.loads(sampler.communicate("")[0])
    arrived = street.arrived()
    seconds, memory = ([ours.seconds for ours in restarts], [one.seconds for one in loads]), \
                      ([ours.peak_kib for ours in restarts], [one.peak_kib for one in loads])
    for words, costs, mine in (("gate25d, from exec until it serves", restarts, 0), ("nft -f", loads, 1)):
        bench.report.row(words, Figure(seconds[mine]), "s", ratio(seconds[mine], seconds[1]),
                         note=f"{Figure([one.cpu for one in costs]).value:.2f} s of CPU")
        bench.report.row(words + ", most memory", Figure([k / 1024 for k in memory[mine]]), "MiB", ratio(memory[mine], memory[1]))
    bench.report.row("packets that must not pass, of those sent", Figure([arrived["quarantined"]]), "",
                     note=f"of {sent['quarantined']:,}; of subscribers at liberty {arrived['at_liberty']:,} passed")
    bench.report.promise("packets that passed during restarts", arrived["quarantined"], "", "==", 0)
    bench.report.promise("a restart / nft -f of the same set", ratio(*seconds).value, "", "<", 1)
    bench.report.promise("most memory of a restart / of nft -f", ratio(*memory).value, "", "<=", 0.25)


def _restart_once(agent):
    agent.kill()
    # Gone with the process that listened; without it the wait costs nothing.
    agent.socket.unlink(missing_ok=True)
    begun = time.monotonic()
    agent.start()
    return Cost(time.monotonic() - begun, cpu_of(agent.pid), memory_of(agent.pid, "VmHWM"))


def _list(bench, router, crowd):
    bench.report.section("list", f"List {counted(bench.many)} quarantines as JSON (times nft)")
    begun = cpu_of(crowd.agent.pid)
    ours = cost(router.command(BUILD / "cli" / "gate25", "--socket", crowd.agent.socket, "--json", "list"))
    cpu = ours.cpu + cpu_of(crowd.agent.pid) - begun
    theirs = [cost(router.command("nft", "-j", "list", "set", "inet", "gate25", f"quarantine{family}_{LEVEL}")) for family in (4, 6)]
    seconds = sum(one.seconds for one in theirs)
    bench.report.row("gate25 list --json", Figure([ours.seconds]), "s", ours.seconds / seconds,
                     note=f"{cpu:.2f} s of CPU, agent {memory_of(crowd.agent.pid, 'VmHWM') / 1024:.0f} MiB at most")
    bench.report.row("nft -j list set, both sets", Figure([seconds]), "s", 1,
                     note=f"{sum(one.cpu for one in theirs):.2f} s of CPU, {max(one.peak_kib for one in theirs) / 1024:.0f} MiB")
