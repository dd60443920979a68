# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent is stopped while somebody changes sets 100,000 times: the kernel throws its notifications away.

So it cannot know that one of those changes was in its own table, and has to rebuild all of it.
"""

import contextlib
import os
import signal
import time

from lab import nft
from lab.api import send_alert
from lab.until import until

from . import nfnetlink
from .alerts import subscriber

FOREIGN = """table inet foreign {
 set busy { type ipv4_addr; }
}
"""
CHANGES = 100_000       # at least twice what 64 MiB of notifications hold
STOPPED = 5             # seconds
CONVERGED = 3           # seconds


@contextlib.contextmanager
def stopped(agent):
    os.kill(agent.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(agent.pid, signal.SIGCONT)


def kernel_health(agent):
    return agent.gate25("status")["kernel"]


def metric(lab, agent, name):
    lines = lab.router.run("curl", "-s", "--unix-socket", agent.socket, "http://gate25/metrics").stdout.splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(name + " ")))


def quarantine_all(agent, addresses):
    answer = send_alert(agent.home / "alert.sock", *addresses)
    assert answer.status == 200, answer
    assert {one["outcome"] for one in answer.body["alerts"]} == {"decided"}


def change_many_sets(tables):
    """Every change a transaction of its own, in a table that is not gate25's."""
    there, gone = (make("busy", ["192.0.2.1"], "foreign") for make in (nfnetlink.add, nfnetlink.delete))
    for _ in range(CHANGES // 2):
        tables.run(there)
        tables.run(gone)
    tables.check()


def tamper(tables, addresses, stranger):
    """Lets two subscribers out and one in, where nobody will tell of it."""
    for address in addresses:
        name = f"quarantine{6 if ':' in address else 4}_port25"
        tables.run(nfnetlink.delete(name, [address]))
    tables.run(nfnetlink.add("quarantine4_port25", [stranger]))
    tables.check()


def is_as_stored(tables, addresses, stranger):
    held = (tables.milliseconds_left(f"quarantine{6 if ':' in a else 4}_port25", a) for a in addresses)
    return all(held) and tables.milliseconds_left("quarantine4_port25", stranger) is None


def test_lost_notifications_are_noticed_and_the_table_is_rebuilt(lab, start_agent, rounds):
    agent = start_agent(port25={"policy": "open"})
    addresses = [subscriber(number) for number in range(2000)]
    quarantine_all(agent, addresses)
    masked = [a.replace("::1", "::") for a in addresses]
    stranger = "100.64.99.99"
    nft.load(lab.router, FOREIGN)
    for number in range(rounds(1, 20)):
        before = kernel_health(agent)
        with nfnetlink.NfTables(lab.router) as tables:
            with stopped(agent):
                begun = time.monotonic()
                change_many_sets(tables)
                tamper(tables, masked[:2], stranger)
                assert not is_as_stored(tables, masked, stranger)
                until(lambda: time.monotonic() > begun + STOPPED, "the agent to have been stopped long enough")
            resumed = time.monotonic()
            until(lambda: is_as_stored(tables, masked, stranger), "the table to be as stored again", CONVERGED)
            took = time.monotonic() - resumed
        print(f"round {number}: converged after {took:.3f} s")
        after = kernel_health(agent)
        assert after["resyncs"] == before["resyncs"] + 1
        assert after["repairs"] == before["repairs"]
        assert after["problem"] is None and after["elements"] == len(addresses)
        assert metric(lab, agent, "gate25_resyncs_total") == after["resyncs"]
    assert "notifications of the kernel were lost" in agent.log()


def test_few_changes_lose_nothing(lab, start_agent):
    """So that the count above means something: what is told is repaired for what it is, and is no loss."""
    agent = start_agent(port25={"policy": "open"})
    addresses = [subscriber(number) for number in range(2)]
    quarantine_all(agent, addresses)
    masked = [a.replace("::1", "::") for a in addresses]
    with nfnetlink.NfTables(lab.router) as tables:
        with stopped(agent):
            tamper(tables, masked, "100.64.99.99")
        until(lambda: is_as_stored(tables, masked, "100.64.99.99"), "the table to be as stored again", CONVERGED)
    health = kernel_health(agent)
    assert health["resyncs"] == 0 and health["repairs"] > 0
    assert "python" in health["last_repair_why"] and f"pid {os.getpid()}" in health["last_repair_why"]
