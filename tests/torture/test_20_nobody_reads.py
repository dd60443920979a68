# SPDX-License-Identifier: GPL-2.0-or-later
"""A queue and a log without a reader: never started, frozen, killed, overrun. What happens is the site's choice, and the
block of port 25 for everybody else holds whatever it is.

bob is blocked, alice is open and limited. Her first packets come to the agent by a rule of iptables, since not every kernel
has a queue in nftables (tests/vm has those that do).
"""

import os
import signal

import pytest

from lab import nft, watch
from lab.flood import Flood
from lab.net import FOREIGN
from lab.until import until

ALICE = ["100.64.1.0/24", "2001:db8:1000:100::/56"]


def settings(fail):
    return {"volume": {"mode": "enforce", "verdicts": "external", "fail": fail},
            "limit": [{"limit": "connections 50/hour"}], "prefix": [{"match": ALICE, "policy": "open"}]}


def fate(ns, family, timeout=1.0):
    try:
        ns.connect(FOREIGN[family], 25, timeout).close()
        return "open"
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return "silence"


def is_block_held(lab, family):
    before = nft.packets(lab.router, "block", family)
    return fate(lab.bob, family) == "refused" and nft.packets(lab.router, "block", family) > before


@pytest.fixture
def asked(lab):
    """asked(fail): alice's first packets are asked about; with "open" they pass when nobody listens."""
    def rules(action, fail):
        for family, program in watch.IPTABLES.items():
            bypass = ["--queue-bypass"] if fail == "open" else []
            lab.router.run(program, action, "FORWARD", "-s", lab.alice.address[family], "-p", "tcp", "--dport", 25, "--syn",
                           "-j", "NFQUEUE", "--queue-num", 25, *bypass)

    added = []

    def ask(fail):
        rules("-A", fail)
        added.append(fail)

    yield ask
    for fail in added:
        rules("-D", fail)


def frozen(agent):
    os.kill(agent.pid, signal.SIGSTOP)


def go_on(agent):
    os.kill(agent.pid, signal.SIGCONT)


@pytest.mark.parametrize("fail", ["open", "closed"])
def test_nobody_listens(lab, start_agent, asked, family, fail):
    agent = start_agent(**settings(fail))
    assert agent.gate25("status")["volume"]["fail"] == fail
    asked(fail)
    assert fate(lab.alice, family) == "open"
    agent.kill()
    assert fate(lab.alice, family) == {"open": "open", "closed": "silence"}[fail]
    assert is_block_held(lab, family)
    agent.start()
    assert fate(lab.alice, family) == "open"
    assert is_block_held(lab, family)


@pytest.mark.parametrize("fail", ["open", "closed"])
def test_frozen_with_a_full_queue(lab, start_agent, asked, family, fail):
    agent = start_agent(**settings(fail))
    asked(fail)
    assert fate(lab.alice, family) == "open"
    before = agent.gate25("status")["volume"]
    assert before["connections"] == 1 and before["refused"] == 0
    frozen(agent)
    try:
        with Flood(lab, family) as flood:
            until(lambda: watch.queue_line(lab)[0] >= 4096, "a full queue", 60)
            if fail == "open":
                until(lambda: flood.arrivals() > 0, "packets that pass unasked", 60)
            else:
                until(lambda: watch.queue_line(lab)[1] > 0, "packets that are dropped", 60)
                assert flood.arrivals() == 0
            assert is_block_held(lab, family)
    finally:
        go_on(agent)
    until(lambda: watch.queue_line(lab)[0] == 0, "an empty queue", 60)
    until(lambda: agent.gate25("status")["state"] == "ok", "an agent in good health", 60)
    assert is_block_held(lab, family)
    told = agent.gate25("status")["volume"]
    assert told["queues"]["open"] and told["queues"]["packets"] >= before["queues"]["packets"] + 4096
    # Those that waited have used up the limit, and more than that: verdicts are given and hold. Resets are limited in rate.
    assert told["connections"] == 50 and told["refused"] > 0
    until(lambda: fate(lab.alice, family) == "refused", "a refusal above the limit", 60)
    assert agent.gate25("status")["volume"]["refused"] > told["refused"]


def test_a_log_that_nobody_reads(lab, start_agent, family):
    """Refused connections are logged and not asked about: what is not read is lost, counted, and refused all the same."""
    agent = start_agent(volume={})
    with Flood(lab, family) as flood:
        until(lambda: agent.gate25("status")["volume"]["log_refused"]["packets"] > 64, "logged packets", 60)
        frozen(agent)
        before = nft.packets(lab.router, "block", family)
        until(lambda: nft.packets(lab.router, "block", family) > before + 20_000, "a flood", 60)
        assert is_block_held(lab, family)
        go_on(agent)
        until(lambda: nft.packets(lab.router, "unseen", family) > 0, "a flood beyond the rate of the log", 60)
    assert flood.arrived == 0
    until(lambda: agent.gate25("status")["state"] == "ok", "an agent in good health", 60)
