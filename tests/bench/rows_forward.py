# SPDX-License-Identifier: GPL-2.0-or-later
"""What gate25 costs the packets and connections that are none of its business, beside other routers on one street."""

import subprocess

from lab import nft
from lab.agent import RULES
from lab.until import until

from crowd import Crowded
from place import Place
from programs import BENCH, ask
from report import counted
from rounds import Figure, ratio
from street import Street

import fill
import subscriber

NONE, EMPTY, TRACKING, RULES_ALONE, BLOCK, CROWDED, REDIRECT, LINEAR, IPSET = (
    "none", "empty", "tracking", "rules", "block", "crowded", "redirect", "linear", "ipset")
BOUND = 0.97

# The least that any rule in nftables costs: a chain that is asked and says nothing.
NOTHING = """table inet nothing {
 chain forward { type filter hook forward priority filter;
 }
}
"""
TRACKED = """table inet tracked {
 chain forward { type filter hook forward priority filter;
  ct state established,related accept
 }
}
"""
SETS = "create q4 hash:ip family inet maxelem 2000000\ncreate q6 hash:ip family inet6 maxelem 2000000\n"


def run(bench):
    names = {
        NONE: "no nftables", EMPTY: "one empty chain", TRACKING: "connection tracking only",
        RULES_ALONE: "gate25's rules without an agent", BLOCK: "gate25, block",
        CROWDED: f"gate25, block, {counted(bench.many)} decisions", REDIRECT: "gate25, redirect",
        LINEAR: "a thousand rules in a row", IPSET: f"iptables and ipset, {counted(bench.some)} elements",
    }
    with Place() as place:
        street = Street(place, names)
        agents = _prepare(bench, place, street)
        _packets(bench, street, names)
        _submission(bench, street, names)
        _connections(bench, street, names)
        for agent in agents:
            agent.stop()


def _prepare(bench, place, street):
    routers = street.routers
    agents = [place.agent(routers[BLOCK]).start(), Crowded(bench, place, routers[CROWDED]).agent,
              place.agent(routers[REDIRECT], {"port25": {"policy": "redirect"}}).start()]
    nft.load(routers[EMPTY], NOTHING)
    nft.load(routers[TRACKING], TRACKED)
    nft.load(routers[RULES_ALONE], (RULES / "gate25.nft").read_text())
    nft.load(routers[LINEAR], _linear())
    _load_ipset(routers[IPSET], bench.some)
    return agents


def _linear():
    """Of each family a thousand, as an administrator collects them over the years."""
    tables = ""
    for family, name in (("ip", subscriber.v4), ("ip6", subscriber.v6)):
        rules = "".join(f"  {family} saddr {name(n)} tcp dport 25 drop\n" for n in range(1000))
        tables += f"table {family} linear {{\n chain forward {{ type filter hook forward priority filter;\n{rules} }}\n}}\n"
    return tables


def _load_ipset(router, count):
    elements = "".join(f"add {name} {a}\n" for name, part in zip(("q4", "q6"), subscriber.half_each(count)) for a in part)
    router.run("ipset", "restore", input=SETS + elements)
    for program, name in (("iptables", "q4"), ("ip6tables", "q6")):
        router.run(program, "-A", "FORWARD", "-p", "tcp", "--dport", "25", "-m", "set", "--match-set", name, "src", "-j", "DROP")


def _blast(bench, street, kind, names):
    found = ask(street.sender, "blast_bench", kind, 10, bench.rounds(20, 100), *(street.interface(n) for n in names))
    return {family: {name: figures[street.interface(name)] for name in names} for family, figures in found.items()}


def _tell(bench, found, names, unit):
    """Less work for a packet is more packets: the ratios are of speed."""
    for family, routers in found.items():
        for name, values in routers.items():
            bench.report.row(f"{names[name]}, IPv{family}", Figure(values), unit, ratio(routers[NONE], values))


def _packets(bench, street, names):
    bench.report.section("forward", "One small packet that is no mail, forwarded (CPU; times the speed of no nftables)")
    found = _blast(bench, street, "other", names)
    _tell(bench, found, names, "ns")
    for family, routers in found.items():
        bench.report.promise(f"packets, policy block with {counted(bench.many)} decisions / no nftables, IPv{family}",
                             ratio(routers[NONE], routers[CROWDED]).value, "", ">=", BOUND)
        bench.report.promise(f"packets, policy redirect / connection tracking only, IPv{family}",
                             ratio(routers[TRACKING], routers[REDIRECT]).value, "", ">=", BOUND)


def _submission(bench, street, names):
    bench.report.section("submission", "One packet of a session to port 587, forwarded (CPU; times the speed of no nftables)")
    found = _blast(bench, street, "submission", (NONE, EMPTY, TRACKING, BLOCK, CROWDED, REDIRECT))
    _tell(bench, found, names, "ns")


def _connections(bench, street, names):
    bench.report.section("connect", "One new connection through the router (CPU; times the speed of no nftables)")
    street.sink.popen(BENCH / "connect_bench", "serve", 80, 587, stdin=subprocess.DEVNULL)
    until(lambda: street.sink.run("ss", "-Hltn", "sport = :587").stdout.strip(), "the server to listen", 10)
    targets = [(f"{name},{family}", street.target(name, family), 80) for family in (4, 6) for name in names]
    targets += [(f"redirected,{family}", street.target(REDIRECT, family), 25) for family in (4, 6)]
    found = ask(street.sender, "connect_bench", 20, bench.rounds(5, 15), *(f"{n}={a}={p}" for n, a, p in targets))
    words = {**names, "redirected": "gate25, redirect, port 25 to 587"}
    _tell(bench, {family: {name: found[f"{name},{family}"] for name in words} for family in (4, 6)}, words, "us")
