# SPDX-License-Identifier: GPL-2.0-or-later
"""Reports: read on one core, and through the running agent with its readers and its store, plain and signed; recorded alerts
judged again by another configuration, and a start among them."""

import re
import subprocess
import time
from pathlib import Path

from lab.agent import BUILD
from reader.keys import Person, arf

from place import Place
from programs import BENCH, ask, cost, cpu_of, memory_of
from report import counted
from rounds import Figure

SENTENCE = r"report: (\d+) ARF mails/s .*; goal (\d+)"
CONNECTIONS = 32
LINES_OF_A_REQUEST = 5_000
REPORTERS = 3


def run(bench):
    bench.report.section("reports", "Reports of 8 KiB (times what reading them alone takes)")
    alone = _alone(bench)
    with Place() as place:
        _delivered(bench, place, alone)
        _signed(bench, place)
        _recorded(bench, place)


def _alone(bench):
    told = subprocess.run([BENCH / "report_bench"], capture_output=True, text=True, check=False).stdout
    found = re.search(SENTENCE, told)
    if not found:
        raise RuntimeError(f"report_bench was expected to say {SENTENCE}, and said {told}")
    rate, goal = map(int, found.groups())
    bench.report.row("read on one core", Figure([1e6 / rate]), "us", 1, note=f"{rate:,} a second")
    bench.report.promise("reports read on one core, per second", rate, "", ">=", goal)
    return 1 / rate


def _spent(agent):
    """CPU seconds of the agent, and of its readers, those that are gone too."""
    fields = Path(f"/proc/{agent.pid}/stat").read_text().rpartition(")")[2].split()
    gone = sum(map(int, fields[13:15])) / 100
    children = [word for task in Path(f"/proc/{agent.pid}/task").iterdir() for word in (task / "children").read_text().split()]
    return cpu_of(agent.pid), gone + sum(cpu_of(child) for child in children)


def _deliver(agent, router, count, *words):
    begun = _spent(agent)
    done = ask(router, "mail_bench", words[0], agent.home / "alert.sock", count, CONNECTIONS, *words[1:])
    spent = [after - before for after, before in zip(_spent(agent), begun, strict=True)]
    return done, spent


def _delivered(bench, place, alone):
    count = bench.rounds(2_000, 20_000)
    seconds, cpu = [], []
    for _ in range(bench.rounds(1, 3)):
        router = place.namespace(f"mail{len(seconds)}")
        agent = place.agent(router).start()
        done, spent = _deliver(agent, router, count, "arf")
        if done["decided"] != count or agent.gate25("status")["kernel"]["elements"] != count:
            raise RuntimeError(f"{count} mails, of which {done['decided']} decided")
        seconds.append(done["seconds"] / count)
        cpu.append([one / count for one in spent])
        agent.stop()
    bench.report.row("by POST /v1/reports, durable and enforced", Figure([one * 1e6 for one in seconds]), "us",
                     Figure([one / alone for one in seconds]), note=f"{1 / Figure(seconds).value:,.0f} a second, over {CONNECTIONS} connections")
    for number, words in enumerate(("the agent's CPU for one", "its readers' CPU for one")):
        figure = Figure([one[number] * 1e6 for one in cpu])
        bench.report.row(words, figure, "us", figure.value / 1e6 / alone)


def _signed(bench, place):
    """Each by a reader of its own."""
    count = bench.rounds(20, 200)
    desk, firm = Person("desk@desk.example"), Person("firm@firm.example")
    try:
        desk.vouch_for(firm)
        mail = place.home / "signed.eml"
        mail.write_bytes(firm.mail(arf("100.64.1.2").replace(b"Sat, 21 Nov 2026 09:59:58 +0000", time.strftime(
            "%a, %d %b %Y %H:%M:%S +0000", time.gmtime()).encode())))
        router = place.namespace("signed")
        agent = place.agent(router, {"reporter": [{"name": "firm", "openpgp": [firm.address]}],
                                     "openpgp": {"home": str(desk.home)}}).start()
        done, spent = _deliver(agent, router, count, "file", mail)
        if done["decided"] != 1 or done["repeated"] != count - 1:
            raise RuntimeError(f"{count} times one signed mail: {done}")
        agent.stop()
    finally:
        desk.leave()
        firm.leave()
    bench.report.row("signed reports per second", Figure([count / done["seconds"]]), "/s",
                     note=f"{sum(spent) / count * 1e3:.1f} ms of CPU each, in a process of its own")


def _recorded(bench, place):
    count = bench.many
    router = place.namespace("recorded")
    agent = place.agent(router).start()
    done = ask(router, "alert_bench", "storm", agent.home / "alert.sock", count, LINES_OF_A_REQUEST, REPORTERS)
    bench.report.section("recorded", f"{counted(count)} recorded alerts")
    bench.report.row("taken", Figure([done["seconds"]]), "s", note=f"{count / done['seconds']:,.0f} a second")
    agent.stop()
    begun = time.monotonic()
    agent.start()
    bench.report.row("start", Figure([time.monotonic() - begun]), "s",
                     note=f"{cpu_of(agent.pid):.2f} s of CPU, {memory_of(agent.pid, 'VmHWM') / 1024:.0f} MiB at most")
    before = cpu_of(agent.pid)
    replayed = cost(router.command(BUILD / "cli" / "gate25", "--socket", agent.socket, "replay", "--config", agent.config))
    bench.report.row("gate25 replay", Figure([replayed.seconds]), "s",
                     note=f"{count / replayed.seconds:,.0f} a second; CPU: command {replayed.cpu:.2f} s, agent {cpu_of(agent.pid) - before:.2f} s; "
                          f"{replayed.peak_kib / 1024:.0f} MiB at most")
    agent.stop()
