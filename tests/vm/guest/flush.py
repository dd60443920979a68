# SPDX-License-Identifier: GPL-2.0-or-later
"""Not one SYN leaves while somebody flushes the ruleset: a table of its own, with an owner, holds the block."""

import os
import signal
import socket
import time

from checks import not_yet
from kernel_state import has_table, packets
from lab import nft
from lab.net import FOREIGN
from lab.until import until
from place import answer

SETTINGS = {"port25": {"policy": "block", "deny": "drop"}}

FLUSHES = 20

COUNT_SYNS = """table inet count {
	counter syns { }
	chain syns {
		type filter hook %s priority -300;
		tcp dport 25 tcp flags & (syn | ack) == syn counter name syns
	}
}
"""


@not_yet("the agent has no guard table yet")
def check_the_guard_is_there(place, agent):
    assert has_table(place.router, "gate25_guard")


@not_yet("the agent has no guard table yet")
def check_no_syn_leaks_during_20_flushes(place, agent, family):
    assert answer(place.alice, FOREIGN[family], timeout=0.3) == "silence"
    nft.load(place.alice, COUNT_SYNS % "output")
    nft.load(place.internet, COUNT_SYNS % "input")
    sender = stream_of_syns(place.alice, family)
    try:
        for _ in range(FLUSHES):
            nft.flush_ruleset(place.router)
            until(lambda: has_table(place.router), "the table to come back", 10)
    finally:
        os.kill(sender, signal.SIGKILL)
        os.waitpid(sender, 0)
        sent, leaked = (packets(ns, "count", "syns") for ns in (place.alice, place.internet))
        nft.flush_ruleset(place.alice)
        nft.flush_ruleset(place.internet)
    assert sent > 100 * FLUSHES, f"only {sent} SYN sent"
    assert leaked == 0, f"{leaked} of {sent} SYN leaked"
    return f"{sent} SYN"


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

