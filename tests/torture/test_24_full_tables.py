# SPDX-License-Identifier: GPL-2.0-or-later
"""A table that takes no more: the kernel's table of connections, and a set of decisions that has a limit.

What is refused stays refused, what lives goes on, the agent answers; and it says who is missing and where.
"""

import contextlib
import re
import shutil
import time
from pathlib import Path

import pytest

from lab.agent import RULES
from lab.api import ask, send_alert
from lab.elements import read_kernel
from lab.flood import Flood
from lab.mail import PASSWORD, RECIPIENT, USERS
from lab.net import FOREIGN
from lab.session import SmtpSession
from lab.until import until

from .alerts import subscriber
from .nfnetlink import NfTables
from .storm import Storm

CONNTRACK_MAX = Path("/proc/sys/net/netfilter/nf_conntrack_max")
FEW = 4096
ROOM = 8            # elements in a set of decisions
PROMPT = 1.0        # seconds for an answer
STORED = 5.0        # for one that waits for a disk, which has other masters too


@contextlib.contextmanager
def few_connections():
    """The limit is one for the whole kernel, and counted in each namespace by itself: low for a moment only."""
    before = CONNTRACK_MAX.read_text(encoding="ascii")
    CONNTRACK_MAX.write_text(str(FEW), encoding="ascii")
    try:
        yield
    finally:
        CONNTRACK_MAX.write_text(before, encoding="ascii")


def tracked(router):
    return int(router.run("cat", "/proc/sys/net/netfilter/nf_conntrack_count").stdout)


def refused_by_conntrack(router):
    """Packets dropped since the table was full (early_drop counts entries that made room)."""
    return sum(int(n) for n in re.findall(r"\bdrop=(\d+)", router.run("conntrack", "-S").stdout))


def prompt(within, action, *words):
    begun = time.monotonic()
    answer = action(*words)
    took = time.monotonic() - begun
    assert took < within, f"the answer took {took:.2f} s"
    return answer


def test_a_full_table_of_connections(lab, start_agent, family, rounds):
    """A flood of connections that are redirected, each in need of an entry."""
    agent = start_agent(port25={"policy": "redirect", "redirect_to": "same-host"})
    with SmtpSession(lab.bob, FOREIGN[family]) as session:
        session.start_tls(lab.authority)
        session.log_in(USERS["foreign"], PASSWORD)
        session.begin_message(USERS["foreign"], RECIPIENT[family], f"through the flood {family}")
        with few_connections(), Storm(lab, family, rounds(100_000, 1_000_000)) as storm:
            until(lambda: refused_by_conntrack(lab.router) > 0, "the table of connections to be full", 60)
            number = 0
            while not storm.is_over():
                assert prompt(PROMPT, ask, agent.socket, "GET", "/v1/status").body["state"] == "ok"
                answer = prompt(STORED, send_alert, agent.home / "alert.sock", subscriber(number))
                assert answer.body["alerts"][0]["outcome"] == "decided", answer
                assert session.fate() == "acknowledged"
                number += 1
            full = tracked(lab.router)
            storm.finish()
        assert session.finish_message().startswith("250")
    print(f"{storm.sent} tuples, {storm.redirected} redirected, {full} tracked, {number} alerts meanwhile")
    assert number > 0 and FEW * 0.9 < full <= FEW * 1.1
    assert storm.redirected > 0, "nothing was redirected, so nothing was tried"
    assert storm.arrived == 0, f"{storm.arrived} of {storm.sent} SYNs came through to port 25"
    assert len(read_kernel(lab.router)) == number
    lab.foreign.inbox.wait_for(f"through the flood {family}")


@pytest.fixture
def small_sets(lab):
    """The rules, with room for few in the sets that an alert leads to."""
    there = Path(shutil.copytree(RULES, lab.home / "rules-small", dirs_exist_ok=True))
    changed = 0
    for file in there.glob("*.nft"):
        text, count = re.subn(r"(set quarantine[46]_port25\s*\{[^}]*)\}", rf"\1size {ROOM}; }}", file.read_text())
        file.write_text(text)
        changed += count
    assert changed >= 2
    return there


def accuse(agent, address):
    return prompt(STORED, send_alert, agent.home / "alert.sock", address)


def of_family(family, count):
    return [a for a in map(subscriber, range(2 * count)) if (":" in a) == (family == 6)]


def test_a_full_set(lab, start_agent, small_sets, family):
    agent = start_agent(agent={"rules": str(small_sets)})
    name, other = f"quarantine{family}_port25", 10 - family
    inside, outside = of_family(family, ROOM), of_family(family, ROOM + 2)[ROOM:]
    agent.gate25("exempt", lab.bob.address[family])
    with NfTables(lab.router) as tables, SmtpSession(lab.bob, FOREIGN[family]) as session, Flood(lab, family) as flood:
        session.begin_message("bob@subscriber.example", RECIPIENT[family])
        for address in inside:
            assert accuse(agent, address).status == 200
        assert agent.gate25("status")["state"] == "ok"
        for address in outside:
            is_told(accuse(agent, address), address, name)
        assert accuse(agent, of_family(other, 1)[0]).status == 200, "the other family's set has room"
        is_alarmed(agent, name, len(outside))
        until(lambda: f"error: the set {name} is full" in agent.log(), "the log to tell")
        assert held(tables, name, inside) == set(inside) and not held(tables, name, outside)
        assert session.fate() == "acknowledged"
        for address in inside[:len(outside)]:
            agent.gate25("release", address)
        until(lambda: held(tables, name, outside) == set(outside), "those left out to come in", 5)
        until(lambda: agent.gate25("status")["state"] == "ok", "the alarm to end", 5)
        assert session.fate() == "acknowledged"
    assert flood.sent > 1000 and flood.arrived == 0


def test_more_is_stored_than_a_set_takes(lab, start_agent, small_sets, family):
    """At a start, and after a flush by others: as many as there is room for, and an alarm."""
    agent = start_agent(agent={"rules": str(small_sets)})
    name, everybody = f"quarantine{family}_port25", of_family(family, ROOM + 3)
    for address in everybody:
        accuse(agent, address)
    agent.stop()
    lab.router.run("nft", "flush", "ruleset")
    agent.start()
    with NfTables(lab.router) as tables:
        assert len(held(tables, name, everybody)) == ROOM
        is_alarmed(agent, name, 3)
        lab.router.run("nft", "flush", "ruleset")
        until(lambda: held_or_none(tables, name, everybody) == ROOM, "the set to be full again", 5)
        is_alarmed(agent, name, 3)
        assert agent.gate25("status")["kernel"]["guard"] == "holds"
        released = list(held(tables, name, everybody))[:3]
        for address in released:
            agent.gate25("release", address)
        rest = set(everybody) - set(released)
        until(lambda: held(tables, name, everybody) == rest, "those left out to come in", 5)
    assert agent.gate25("status")["state"] == "ok"
    assert "there is room again" in agent.log()


def is_told(answer, address, name):
    assert answer.status == 500, answer
    assert answer.body["error"]["code"] == "kernel"
    assert f"the set {name} is full" in answer.body["error"]["message"], answer
    assert address.removesuffix("::1") in answer.body["error"]["message"], answer


def is_alarmed(agent, name, count):
    status = agent.gate25("status")
    assert status["state"] == "degraded"
    alarm = f"the set {name} is full: {count} stored decisions are not in force"
    assert alarm in status["problems"], status


def held(tables, name, addresses):
    return {a for a in addresses if tables.milliseconds_left(name, a.replace("::1", "::")) is not None}


def held_or_none(tables, name, addresses):
    """How many; None while there is no table."""
    with contextlib.suppress(OSError):
        return len(held(tables, name, addresses))
