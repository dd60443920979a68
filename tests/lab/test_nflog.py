# SPDX-License-Identifier: GPL-2.0-or-later
"""What rules log for the agent (NFLOG): each packet is counted, or counted as lost; nobody waits for it."""

import errno

import pytest

from . import nft
from .by_hand import load_parts
from .flood import Flood
from .net import ADDRESS, FOREIGN
from .nflog import LET_OUT, REFUSED
from .raw import FIN, SYN, connect_behind_options, send_tcp, send_tiny_fragment
from .until import until
from .watch import Driver

GROUP = 25
# Each with its group, and a policy under which it logs.
PARTS = [("attempts.nft", REFUSED, "policy_block"), ("connections_log.nft", LET_OUT, "policy_open")]

REFUSE_AND_LOG = f"""table inet logged {{
 counter logged {{ }}
 chain forward {{ type filter hook forward priority filter;
  tcp dport 25 tcp flags & (syn | ack | rst) == syn counter name logged log group {GROUP} reject with tcp reset
 }}
}}
"""
DROP_AND_LOG = REFUSE_AND_LOG.replace("reject with tcp reset", "drop")


def logged(lab):
    return nft.counters(lab.router, ("inet", "logged"))["logged"].packets


@pytest.fixture
def driver(lab):
    with Driver(lab, "log", GROUP).opened() as one:
        yield one


def refused(lab, ns, family, host="internet"):
    with pytest.raises(ConnectionRefusedError):
        ns.connect(ADDRESS[host][family], 25)


def test_each_refused_connection_is_seen_with_its_ends(lab, driver, family):
    nft.load(lab.router, REFUSE_AND_LOG)
    for _ in range(3):
        refused(lab, lab.alice, family)
    refused(lab, lab.alice, family, "relay")
    refused(lab, lab.bob, family)
    alice = lab.alice.address[family]
    until(lambda: driver.health()["packets"] == 5, "five packets")
    assert driver.source(alice) == {"packets": 4, "refused": 0, "destinations": 2}
    assert driver.source(lab.bob.address[family])["packets"] == 1
    assert (driver.health()["unreadable"], driver.health()["lost"]) == (0, 0)


def test_what_opens_no_connection_is_not_counted_as_one(lab, driver, family):
    nft.load(lab.router, f"table inet logged {{\n chain forward {{ type filter hook forward priority filter;\n  log group {GROUP}\n }}\n}}\n")
    lab.alice.connect(FOREIGN[family], 25).close()
    until(lambda: driver.health()["unreadable"] >= 5, "the packets of a whole connection")
    assert driver.source(lab.alice.address[family])["packets"] == 1


def test_nobody_hides_behind_a_thousand_bytes_of_options(lab, driver):
    load_parts(lab.router, "attempts.nft")
    assert connect_behind_options(lab.alice, FOREIGN[6], 1010) == errno.ECONNREFUSED
    until(lambda: driver.source(lab.alice.address[6])["packets"] == 1, "the packet")
    assert driver.health()["unreadable"] == 0


@pytest.mark.parametrize("part, group, policy", PARTS)
def test_a_fragment_that_ends_before_the_flags_counts(lab, family, part, group, policy):
    load_parts(lab.router, part, default_policy=policy)
    with Driver(lab, "log", group).opened() as driver:
        alice = lab.alice.address[family]
        send_tiny_fragment(lab.alice, alice, 1025, FOREIGN[family], 25)
        until(lambda: driver.source(alice)["packets"] == 1, "the packet")
        assert driver.health()["unreadable"] == 0


@pytest.mark.parametrize("part, group, policy", PARTS)
def test_a_first_packet_with_fin_counts(lab, family, part, group, policy):
    load_parts(lab.router, part, default_policy=policy)
    with Driver(lab, "log", group).opened() as driver:
        alice = lab.alice.address[family]
        send_tcp(lab.alice, alice, 1025, FOREIGN[family], 25, SYN | FIN)
        until(lambda: driver.source(alice)["packets"] == 1, "the packet")


def test_a_flood_is_counted_to_the_last_packet(lab, driver, family):
    nft.load(lab.router, DROP_AND_LOG)
    with Flood(lab, family):
        until(lambda: logged(lab) > 50_000, "a flood", 60)
    until(lambda: driver.health()["packets"] + driver.health()["lost"] == logged(lab), "all to be counted")
    assert driver.health()["packets"] > 0
    assert driver.source(lab.alice.address[family])["packets"] == driver.health()["packets"]


def test_what_a_frozen_reader_missed_is_counted_as_lost(lab, driver, family):
    """Packets are neither held up nor let through meanwhile; the gap is known to the packet."""
    nft.load(lab.router, DROP_AND_LOG)
    driver.freeze()
    with Flood(lab, family, seconds=60) as flood:
        until(lambda: logged(lab) > 250_000, "more than a socket holds", 60)
    driver.go_on()
    assert flood.arrived == 0
    nft.load(lab.router, "flush table inet logged\n" + REFUSE_AND_LOG)
    refused(lab, lab.bob, family)       # the one that shows the gap
    until(lambda: driver.source(lab.bob.address[family])["packets"] == 1, "the last packet")
    health = driver.health()
    assert health["lost"] > 0
    assert health["packets"] + health["lost"] == logged(lab)
    assert (health["is_open"], health["problem"]) == (True, "")


def test_without_a_reader_rules_refuse_as_before(lab, family):
    nft.load(lab.router, REFUSE_AND_LOG)
    refused(lab, lab.alice, family)
    assert logged(lab) == 1


def test_a_group_that_somebody_else_reads_is_taken_when_he_ends(lab, driver, family):
    nft.load(lab.router, REFUSE_AND_LOG)
    with Driver(lab, "log", GROUP) as second:
        health = second.health()
        assert not health["is_open"]
        assert f"another program reads NFLOG group {GROUP}" in health["problem"]
        driver.kill()
        second.opened()
        assert second.health()["problem"] == ""
        refused(lab, lab.alice, family)
        until(lambda: second.source(lab.alice.address[family])["packets"] == 1, "the packet")
