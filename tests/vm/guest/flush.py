# SPDX-License-Identifier: GPL-2.0-or-later
"""Not one SYN leaves while somebody flushes the ruleset: a table of its own, with an owner, holds the block."""

import os
import signal
import socket
import time

from kernel_state import has_table, packets
from lab import nft
from lab.net import FOREIGN
from lab.session import SmtpSession
from lab.until import until
from place import answer

SETTINGS = {"port25": {"policy": "block", "deny": "drop"}}

GUARD = "gate25_guard"

COUNT_SYNS = """table inet count {
	counter syns { }
	chain syns {
		type filter hook %s priority -300;
		tcp dport 25 tcp flags & (syn | ack) == syn counter name syns
	}
}
"""


def check_the_guard_goes_with_the_agent_and_comes_back(place, agent):
    """The main table stays meanwhile."""
    assert has_table(place.router, GUARD)
    agent.kill()
    until(lambda: not has_table(place.router, GUARD), "the guard to go with its owner")
    assert has_table(place.router)
    agent.start()
    assert has_table(place.router, GUARD)


def check_no_syn_leaks_during_20_flushes(place, agent, family):
    return no_syn_leaks(place, family, 20)


def check_the_exempt_get_through_before_and_after_a_flush(place, agent, family):
    agent.gate25("exempt", place.alice.address[family])
    with SmtpSession(place.alice, FOREIGN[family]) as session:
        session.begin_message("a@subscriber.example", "b@foreign.example")
        for _ in range(3):
            flush_and_wait(place.router)
            assert (fate := session.fate()) == "acknowledged", fate
    assert answer(place.alice, FOREIGN[family]) == "internet 25"
    agent.gate25("unexempt", place.alice.address[family])


def check_no_syn_of_a_quarantined_one_leaks_where_others_may(place, agent, family):
    agent.configure({"port25": {"policy": "open", "deny": "drop"}})
    agent.reload()
    agent.gate25("quarantine", place.alice.address[family])
    assert answer(place.bob, FOREIGN[family]) == "internet 25"
    told = no_syn_leaks(place, family, 10)
    agent.gate25("release", place.alice.address[family])
    assert answer(place.alice, FOREIGN[family]) == "internet 25"
    return told


def no_syn_leaks(place, family, flushes):
    assert answer(place.alice, FOREIGN[family], timeout=0.3) == "silence"
    nft.load(place.alice, COUNT_SYNS % "output")
    nft.load(place.internet, COUNT_SYNS % "input")
    sender = stream_of_syns(place.alice, family)
    try:
        for _ in range(flushes):
            flush_and_wait(place.router)
    finally:
        os.kill(sender, signal.SIGKILL)
        os.waitpid(sender, 0)
        sent, leaked = (packets(ns, "count", "syns") for ns in (place.alice, place.internet))
        nft.flush_ruleset(place.alice)
        nft.flush_ruleset(place.internet)
    assert sent > 20 * flushes, f"only {sent} SYN sent"
    assert leaked == 0, f"{leaked} of {sent} SYN leaked"
    return f"{sent} SYN"


def flush_and_wait(router):
    nft.flush_ruleset(router)
    until(lambda: has_table(router), "the table to come back", 15)


def stream_of_syns(ns, family):
    """The pid of a child that begins connections to port 25 until it is killed."""
    if pid := os.fork():
        return pid
    try:
        with ns.inside():
            while True:
                with socket.socket(socket.AF_INET6 if family == 6 else socket.AF_INET) as one:
                    one.setblocking(False)
                    one.connect_ex((FOREIGN[family], 25))
                time.sleep(0.0005)
    finally:
        os._exit(1)

