# SPDX-License-Identifier: GPL-2.0-or-later
"""What counting costs: verdicts beside a loop that says yes, logged attempts beside plain forwarding, memory for the sums."""

import subprocess

from lab import nft
from lab.until import until
from lab.watch import IPTABLES, RESET_REFUSED, Driver

from place import Place
from programs import BENCH, ask, first
from report import counted
from rounds import Figure, ratio
from street import Street

FORWARD, BARE, QUEUE, COUNTED, REFUSED, LOG, LOG_COUNTED = (
    "forward", "bare", "queue", "counted", "refused", "log", "log_counted")
NAMES = {
    FORWARD: "forwarded, no nftables", BARE: "accepted by libnetfilter_queue alone", QUEUE: "accepted by the agent's queue",
    COUNTED: "the same, counted", REFUSED: "refused and reset", LOG: "dropped, logged and read", LOG_COUNTED: "the same, counted",
}
ASKED, LOGGED = (BARE, QUEUE, COUNTED, REFUSED), (LOG, LOG_COUNTED)
DROP_AND_LOG = """table inet logged {
 chain forward { type filter hook forward priority filter;
  tcp dport 25 tcp flags & (syn | ack | rst | fin) == syn log group 25 drop
 }
}
"""
VERDICT_BOUND, ATTEMPT_BOUND, BYTES_BOUND = 0.9, 1.35, 200


def run(bench):
    with Place() as place:
        street = Street(place, NAMES)
        for name in ASKED:
            _ask(street.routers[name])
        for name in LOGGED:
            nft.load(street.routers[name], DROP_AND_LOG)
        found = ask(street.sender, "watch_bench", bench.rounds(16, 160), bench.some, street.sender.name,
                    *(f"{name}={street.routers[name].name}={street.interface(name)}" for name in NAMES))
        _verdicts(bench, found)
        _attempts(bench, found)
        _latency(bench, place, street)
    _sums(bench)


def _ask(router):
    nft.load(router, RESET_REFUSED)
    for program in IPTABLES.values():
        router.run(program, "-A", "FORWARD", "-p", "tcp", "--dport", "25", "--syn", "-j", "NFQUEUE", "--queue-num", 25, "--queue-bypass")


def _verdicts(bench, found):
    bench.report.section("verdict", f"A verdict about a new connection, {counted(bench.some)} active of each family "
                         "(CPU, with the rest of the packet's way; times the speed of libnetfilter_queue alone)")
    for family, kinds in found.items():
        bare = kinds[BARE]["read"]
        for name in ASKED:
            read = kinds[name]["read"]
            bench.report.row(f"{NAMES[name]}, IPv{family}", Figure(read), "ns", ratio(bare, read),
                             f"{1e9 / Figure(read).value:,.0f} a second on one core")
        whole = {name: [a + b for a, b in zip(kinds[name]["send"], kinds[name]["read"], strict=True)] for name in (BARE, COUNTED)}
        bench.report.row(f"counted, with the packet's way to the queue, IPv{family}", Figure(whole[COUNTED]), "ns",
                         ratio(whole[BARE], whole[COUNTED]), "all that the router does about it")
        bench.report.promise(f"verdicts a second, counted / libnetfilter_queue alone, IPv{family}",
                             ratio(bare, kinds[COUNTED]["read"]).value, "", ">=", VERDICT_BOUND)


def _attempts(bench, found):
    bench.report.section("attempt", "A refused attempt: its packet and all that is done about it (CPU; times a packet that is forwarded)")
    for family, kinds in found.items():
        forwarded = kinds[FORWARD]["send"]
        bench.report.row(f"{NAMES[FORWARD]}, IPv{family}", Figure(forwarded), "ns", 1)
        for name in LOGGED:
            both = [a + b for a, b in zip(kinds[name]["send"], kinds[name]["read"], strict=True)]
            read = Figure(kinds[name]["read"]).value
            bench.report.row(f"{NAMES[name]}, IPv{family}", Figure(both), "ns", ratio(both, forwarded),
                             f"{read:.0f} ns of it the agent: {1e9 / read:,.0f} a second on one core")
            what = "counted" if name == LOG_COUNTED else "not yet counted"
            bench.report.promise(f"an attempt, dropped, logged and read, {what} / a packet forwarded, IPv{family}",
                                 ratio(both, forwarded).value, "", "<=", ATTEMPT_BOUND)


def _latency(bench, place, street):
    bench.report.section("wait", "How long connect() takes through the router (wall clock, median of many)")
    street.sink.popen(BENCH / "connect_bench", "serve", 25, stdin=subprocess.DEVNULL)
    until(lambda: street.sink.run("ss", "-Hltn", "sport = :25").stdout.strip(), "the server to listen", 10)
    lab = type("Lab", (), {"router": street.routers[QUEUE]})
    with Driver(lab, "queue", 25, 1, "open", 4096, 1_000_000_000, before=first()).opened():
        names = (FORWARD, BARE, QUEUE)
        targets = [f"{name},{family}={street.target(name, family)}=25" for family in (4, 6) for name in names]
        found = ask(street.sender, "connect_bench", "wall", 50, bench.rounds(5, 20), *targets)
    words = {FORWARD: "no nftables", BARE: "a queue that nobody has (bypass)", QUEUE: "the agent's queue"}
    for family in (4, 6):
        none = found[f"{FORWARD},{family}"]
        for name in names:
            figures = found[f"{name},{family}"]
            added = Figure([a - b for a, b in zip(figures, none, strict=True)]).value
            bench.report.row(f"{words[name]}, IPv{family}", Figure(figures), "us", ratio(figures, none),
                             "" if name == FORWARD else f"{added:.1f} us more")


def _sums(bench):
    bench.report.section("sums", f"The sums of {counted(bench.many)} active subscribers, half of each family")
    with Place() as place:
        found = ask(place.namespace("sums"), "volume_bench", bench.many)
    bench.report.row("memory", Figure([found["mib"]]), "MiB", note=f"{found['bytes']:.0f} bytes for each")
    bench.report.promise("bytes of memory for each of them", found["bytes"], "", "<=", BYTES_BOUND)
    bench.report.row("a subscriber's first connection", Figure([found["first_ns"]]), "ns", note="CPU")
    bench.report.row("a further one, in no cache", Figure([found["further_ns"]]), "ns", note="CPU")
