# SPDX-License-Identifier: GPL-2.0-or-later
"""One decision: its way into the kernel by each method, beside few and many others."""

import json
from pathlib import Path
from subprocess import PIPE

import fill
import subscriber
from place import Place
from programs import ask, first
from report import counted
from rounds import Figure, ratio

from lab.agent import RULES

ENGINE = ("bare4", "bare6", "engine4", "engine6", "guarded4", "guarded6")
OTHERS = ("libnftables", "nft", "ipset")
NAMES = {
    "bare4": "bare netlink, IPv4", "bare6": "bare netlink, IPv6", "engine4": "gate25, IPv4", "engine6": "gate25, IPv6",
    "guarded4": "gate25 and its guard, IPv4", "guarded6": "gate25 and its guard, IPv6",
    "libnftables": "libnftables, context kept", "nft": "nft add element", "ipset": "ipset add", "fail2ban": "fail2ban, nftables-multiport",
}
FAIL2BAN = Path(__file__).with_name("fail2ban_ban.py")
FLAT = 1.25


class Crowd:
    """So many decisions, in namespaces of their own: one with gate25's tables, one for each rival."""

    def __init__(self, place, count):
        self.count, self._first = count, max(2_000_000, 2 * count)
        self._gate25, self._plain, self._fail2ban = (place.namespace(f"{n}-{count}") for n in ("gate25", "plain", "fail2ban"))
        self._banner = self._fail2ban.popen(*first(), "/usr/bin/python3", FAIL2BAN, stdin=PIPE, stdout=PIPE, stderr=PIPE,
                                             text=True)
        self._fill_gate25()
        self._plain.run("nft", "-f", "-", input=fill.PLAIN)
        fill.set_of(self._plain, "plain", "q4", 4, count)
        self._plain.run("ipset", "restore", input=_ipset_of(count))
        self._ban(0x3fffff, 1)  # the first one makes its table
        fill.set_of(self._fail2ban, "f2b-table", "addr-set-bench", 4, count, hours=None)

    def _fill_gate25(self):
        rules = (RULES / "gate25.nft").read_text()
        for table in ("gate25", "gate25_guard"):
            self._gate25.run("nft", "-f", "-", input=rules.replace("table inet gate25 ", f"table inet {table} "))
            for family in (4, 6):
                fill.set_of(self._gate25, table, f"quarantine{family}_port25", family, self.count // 2)

    def round(self, turns):
        """{method: median microseconds of one addition}"""
        found = ask(self._gate25, "add_bench", self._first, turns * 2, *ENGINE, before=first())
        found |= ask(self._plain, "add_bench", self._first, turns, *OTHERS, before=first())
        self._first = max(self._first, found.pop("next"))
        return {name: one["p50"] for name, one in found.items()} | {"fail2ban": self._ban(self._first, turns)}

    def _ban(self, first, count):
        self._banner.stdin.write(f"{first} {count}\n")
        self._banner.stdin.flush()
        answer = self._banner.stdout.readline()
        if not answer:
            raise RuntimeError(f"fail2ban's action ended: {self._banner.stderr.read()}")
        return json.loads(answer)["p50"]


def _ipset_of(count):
    return f"create q4 hash:ip timeout 86400 maxelem {count + 100000}\n" + "".join(
        f"add q4 {subscriber.v4(n)}\n" for n in range(count))


def run(bench):
    bench.report.section("decision", "One decision into the kernel, beside others (median of one addition; times bare netlink)")
    with Place() as place:
        crowds = [Crowd(place, count) for count in (0, bench.some, bench.many)]
        found = {c.count: {name: [] for name in NAMES} for c in crowds}
        for _ in range(bench.rounds(3, 5)):
            for crowd in crowds:
                for name, value in crowd.round(bench.rounds(3, 8)).items():
                    found[crowd.count][name].append(value)
    for count, methods in found.items():
        for name, values in methods.items():
            base = methods["bare6" if name.endswith("6") else "bare4"]
            bench.report.row(f"{NAMES[name]}, {counted(count)}", Figure(values), "us", ratio(values, base))
    _promises(bench, found)


def _promises(bench, found):
    for words, form in (("one decision into the kernel / bare netlink", "engine{}"),
                        ("the same with the guard's copy / bare netlink", "guarded{}")):
        worst = max(ratio(methods[form.format(f)], methods[f"bare{f}"]).value for methods in found.values() for f in (4, 6))
        bench.report.promise(f"{words}, worst of both families and all sizes", worst, "", "<=", 1.6)
    flat = max(ratio(found[bench.many][f"guarded{f}"], found[0][f"guarded{f}"]).value for f in (4, 6))
    bench.report.promise(f"the same among {counted(bench.many)} decisions / among none", flat, "", "<=", FLAT)
