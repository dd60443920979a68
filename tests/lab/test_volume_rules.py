# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of rules/ for volume and notice with no agent: what is logged, metered, marked and answered, packet by packet."""

import contextlib
import re
import socket

import pytest

from . import nft
from .agent import RULES
from .by_hand import BOB, PATIENCE, connects, element, load_parts, mark
from .client import DELIVERED, send_direct
from .flood import Flood
from .net import ADDRESS, FOREIGN, RELAY
from .nflog import LET_OUT, REFUSED, Nflog, seen
from .raw import SYN, send_tcp
from .session import SmtpSession
from .until import until


@pytest.fixture
def load(lab):
    """load("attempts.nft", default_policy="policy_open"): gate25.nft with these parts, as the agent would join them."""

    def run(*parts, **defines):
        load_parts(lab.router, *parts, **defines)
        return lab.router

    return run


@pytest.fixture
def refused(lab):
    with Nflog(lab.router, REFUSED) as log:
        yield log


@pytest.fixture
def let_out(lab):
    with Nflog(lab.router, LET_OUT) as log:
        yield log


# --- attempts ------------------------------------------------------------------------------------------

def test_an_attempt_is_logged_once_and_still_refused(lab, load, refused, family):
    load("attempts.nft")
    assert connects(lab.alice, FOREIGN[family]) is False
    logged = refused.wait_for(1)
    assert [(one.source, one.destination, one.to_port, one.flags & 0x17) for one in logged] == [
        (ADDRESS["alice"][family], FOREIGN[family], 25, SYN)]
    assert nft.packets(lab.router, "block", family) == 1
    assert nft.packets(lab.router, "unseen", family) == 0


@pytest.mark.parametrize("level", ["port25", "mail", "garden"])
def test_attempts_of_a_quarantined_subscriber_are_logged_for_port_25_only(lab, load, refused, family, level):
    router = load("attempts.nft", default_policy="policy_open")
    element(router, "quarantine{}_" + level, family)
    if level != "port25":
        assert connects(lab.alice, FOREIGN[family], 587) is False
    assert connects(lab.alice, FOREIGN[family]) is False
    refused.wait_for(1)
    assert seen(refused, family) == [(FOREIGN[family], 25)]


def test_attempts_above_the_rate_of_level_limit_are_logged(lab, load, refused, family):
    router = load("attempts.nft", default_policy="policy_open", limit_chain="limit_1")
    element(router, "quarantine{}_limit", family)
    assert connects(lab.alice, FOREIGN[family]) is True
    assert connects(lab.alice, FOREIGN[family]) is False
    refused.wait_for(1)
    assert len(seen(refused, family)) == 1


def test_what_is_let_through_or_in_mid_stream_is_no_attempt(lab, load, refused, family):
    router = load("attempts.nft", default_policy="policy_open")
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        element(router, "quarantine{}_port25", family)
        assert session.fate() == "reset"
    assert connects(lab.alice, RELAY[family]) is True
    assert connects(lab.bob, FOREIGN[family]) is True
    element(router, "quarantine{}_port25", family, verb="delete")
    element(router, "quarantine{}_port25", family, who=BOB)
    assert connects(lab.bob, FOREIGN[family]) is False
    refused.wait_for(1)
    assert [one.source for one in refused.packets()] == [ADDRESS["bob"][family]]


def test_a_flood_is_logged_to_a_bound_and_hides_nobody_else(lab, load, refused, family):
    router = load("attempts.nft", deny="deny_drop")
    with Flood(lab, family) as flood:
        until(lambda: nft.packets(router, "unseen", family) > 1000, "packets that are not logged", 30)
        send_tcp(lab.bob, ADDRESS["bob"][family], 1025, FOREIGN[family], 25)
        until(lambda: seen(refused, family, "bob"), "the neighbour to be logged in the flood")
    assert flood.arrived == 0
    logged, unseen = len(seen(refused, family)), nft.packets(router, "unseen", family)
    assert logged < flood.sent
    assert logged + unseen <= flood.sent
    assert unseen > 0


# --- connections that are let through ------------------------------------------------------------------

def test_an_open_connection_is_logged_once_and_passes(lab, load, let_out, family):
    load("connections_log.nft", default_policy="policy_open")
    sent = send_direct(lab.alice, family)
    assert sent.code == DELIVERED, sent.transcript
    assert connects(lab.alice, FOREIGN[family], 587) is True
    let_out.wait_for(1)
    assert seen(let_out, family) == [(FOREIGN[family], 25)]
    assert nft.packets(lab.router, "unlogged", family) == 0


@pytest.mark.parametrize("policy", ["policy_block", "policy_redirect"])
def test_an_exempt_subscriber_is_logged(lab, load, let_out, family, policy):
    router = load("connections_log.nft", default_policy=policy)
    element(router, "exempt{}", family)
    assert connects(lab.alice, FOREIGN[family]) is True
    assert connects(lab.bob, FOREIGN[family]) is False
    let_out.wait_for(1)
    assert [one.source for one in let_out.packets()] == [ADDRESS["alice"][family]]


def test_a_limited_subscriber_is_logged_as_far_as_he_is_let_through(lab, load, let_out, family):
    router = load("connections_log.nft", default_policy="policy_open", limit_chain="limit_1")
    element(router, "quarantine{}_limit", family)
    assert [connects(lab.alice, FOREIGN[family]) for _ in range(2)] == [True, False]
    let_out.wait_for(1)
    assert len(seen(let_out, family)) == 1


@pytest.mark.parametrize("to_relay, count", [("accepted", 2), ("accepted_unseen", 0)])
def test_connections_to_a_relay_are_logged_when_they_shall_be(lab, load, let_out, family, to_relay, count):
    router = load("connections_log.nft", to_relay=to_relay, default_policy="policy_open")
    assert connects(lab.alice, RELAY[family]) is True
    element(router, "quarantine{}_port25", family)
    assert connects(lab.alice, RELAY[family]) is True
    assert connects(lab.alice, RELAY[family], 587) is True
    assert connects(lab.bob, FOREIGN[family]) is True
    let_out.wait_for(count + 1)
    assert seen(let_out, family) == count * [(RELAY[family], 25)]
    assert nft.packets(router, "relay", family) > 0


def test_what_comes_from_outside_to_port_25_of_a_subscriber_is_none_of_his_connections(lab, load, let_out, family):
    router = load("connections_log.nft", default_policy="policy_open")
    send_tcp(lab.internet, FOREIGN[family], 25, ADDRESS["alice"][family], 25)
    until(lambda: nft.packets(router, "open", family) > 0, "the packet to be let through")
    assert connects(lab.bob, FOREIGN[family]) is True
    let_out.wait_for(1)
    assert [one.source for one in let_out.packets()] == [ADDRESS["bob"][family]]


# --- the mark of a refused packet ----------------------------------------------------------------------

def test_a_marked_packet_is_reset_and_counted(lab, load, family):
    router = load("volume_mark.nft", default_policy="policy_open")
    assert connects(lab.alice, FOREIGN[family]) is True
    mark(router, family)
    assert connects(lab.alice, FOREIGN[family]) is False
    assert connects(lab.bob, FOREIGN[family]) is True
    assert nft.packets(router, "volume", family) == 1
    assert nft.packets(router, "reset", family) == 1


def test_a_session_that_runs_when_the_mark_appears_goes_on(lab, load, family):
    """Only first packets are marked."""
    router = load("volume_mark.nft", default_policy="policy_open")
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        mark(router, family)
        assert session.fate() == "acknowledged"


# --- meters --------------------------------------------------------------------------------------------

METER = {"connections": "connections_30_hour_1", "destinations": "destinations_30_hour_1"}


def fill_match(router, quantity, *who):
    for family in (4, 6):
        addresses = ", ".join(ADDRESS[one][family] for one in who)
        nft.load(router, f"add element inet gate25 match{family}_{METER[quantity]} {{ {addresses} }}")


def test_a_meter_lets_so_many_connections_through_and_not_one_more(lab, load, family):
    router = load("meters.nft", "meter.nft", default_policy="policy_open")
    fill_match(router, "connections", "alice")
    answers = [connects(lab.alice, FOREIGN[family]) for _ in range(32)]
    assert answers == 30 * [True] + 2 * [False]
    assert nft.packets(router, "volume", family) == 2
    assert connects(lab.alice, FOREIGN[family], 587) is True
    assert all(connects(lab.bob, FOREIGN[family]) for _ in range(31)), "a limit that is not for him"


def test_a_meter_of_destinations_counts_each_once(lab, load, family):
    router = load("meters.nft", "meter_destinations.nft", default_policy="policy_open")
    fill_match(router, "destinations", "alice")
    assert all(connects(lab.alice, FOREIGN[family]) for _ in range(32)), "one destination"
    with more_destinations(lab, family, 30) as others:
        answers = [connects(lab.alice, other) for other in others]
        assert answers == 29 * [True] + [False]
        assert connects(lab.alice, others[0]) is True, "one that is known already"
    assert connects(lab.alice, FOREIGN[family]) is True
    assert nft.packets(router, "volume", family) == 1


def test_a_destination_that_is_refused_is_not_known(lab, load, family):
    router = load("meters.nft", "meter_destinations.nft", default_policy="policy_open")
    fill_match(router, "destinations", "alice")
    with more_destinations(lab, family, 32) as others:
        answers = [connects(lab.alice, other) for other in (*others, *others[28:])]
    assert answers == 30 * [True] + 2 * [False] + 2 * [True] + 2 * [False]


def test_a_destination_that_finds_no_place_costs_nothing(lab, load, family):
    router = load("meters.nft", default_policy="policy_open")
    load_destinations(router, room=20)
    fill_match(router, "destinations", "alice", "bob")
    with more_destinations(lab, family, 21) as others:
        assert all(connects(lab.alice, other) for other in others)
        assert all(connects(lab.bob, others[0]) for _ in range(40))
    assert nft.packets(router, "volume", family) == 0


def test_one_ipv6_subscriber_is_metered_as_one(lab, load):
    router = load("meters.nft", "meter.nft", default_policy="policy_open")
    nft.load(router, f"add element inet gate25 match6_{METER['connections']} {{ 2001:db8:1000:100::/56 }}")
    lab.alice.run("ip", "address", "add", "2001:db8:1000:100::3/64", "dev", "up0", "nodad")
    try:
        answers = [connects_from(lab.alice, source, FOREIGN[6])
                   for source in 16 * ("2001:db8:1000:100::2", "2001:db8:1000:100::3")]
    finally:
        lab.alice.run("ip", "address", "delete", "2001:db8:1000:100::3/64", "dev", "up0")
    assert answers == 30 * [True] + 2 * [False]


def test_what_a_meter_refuses_is_not_logged_as_let_through(lab, load, let_out, family):
    router = load("meters.nft", "connections_log.nft", "meter.nft", default_policy="policy_open")
    fill_match(router, "connections", "alice")
    assert [connects(lab.alice, FOREIGN[family]) for _ in range(32)] == 30 * [True] + 2 * [False]
    assert connects(lab.bob, FOREIGN[family]) is True
    let_out.wait_for(31)
    assert (len(seen(let_out, family)), len(seen(let_out, family, "bob"))) == (30, 1)
    assert nft.packets(router, "volume", family) == 2


def test_a_first_packet_that_comes_again_costs_a_meter_nothing(lab, load, family):
    router = load("meters.nft", "meter.nft", default_policy="policy_open")
    fill_match(router, "connections", "alice")

    def knock(number):
        send_tcp(lab.alice, ADDRESS["alice"][family], 1025 + number, FOREIGN[family], 25)

    for number in [*range(29), *40 * [7], 29]:
        knock(number)
    assert connects(lab.bob, FOREIGN[family]) is True
    assert nft.packets(router, "volume", family) == 0
    for number in (30, 30, 31, 7):
        knock(number)
    until(lambda: nft.packets(router, "volume", family) == 3, "a refused one to stay refused")
    assert connects(lab.bob, FOREIGN[family]) is True
    assert nft.packets(router, "volume", family) == 3


# --- helpers -------------------------------------------------------------------------------------------

def load_destinations(router, room):
    """The meter with room for so many pairs."""
    text = (RULES / "meter_destinations.nft").read_text(encoding="utf-8")
    nft.load(router, re.sub(r"(set pair.* size) \d+", rf"\1 {room}", text))


def connects_from(ns, source, host):
    try:
        with ns.inside():
            socket.create_connection((host, 25), PATIENCE, source_address=(source, 0)).close()
    except ConnectionRefusedError:
        return False
    return True


@contextlib.contextmanager
def more_destinations(lab, family, count):
    """So many further addresses of the foreign server."""
    there = [f"198.51.100.{100 + i}" if family == 4 else f"2001:db8:f00::{100 + i:x}" for i in range(count)]
    length = 24 if family == 4 else 64
    def change(verb, *more):
        for one in there:
            lab.internet.run("ip", "address", verb, f"{one}/{length}", "dev", "up0", *more)

    change("add", *(["nodad"] if family == 6 else []))
    try:
        yield there
    finally:
        change("delete")
