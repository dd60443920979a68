# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of rules/ for volume and notice with no agent: what is logged, metered, marked and answered, packet by packet."""

import contextlib
import socket

import pytest

from . import nft
from .agent import RULES
from .client import DELIVERED, send_direct
from .flood import Flood
from .net import ADDRESS, FOREIGN, RELAY
from .nflog import LET_OUT, REFUSED, Nflog
from .raw import SYN, send_tcp
from .session import SmtpSession
from .test_rules_by_hand import WHO_IS_WHO, element
from .until import until

BLOCKED = """
add element inet gate25 blocked4 { 100.64.0.0/10 }
add element inet gate25 blocked6 { 2001:db8:1000::/36 }
"""
MARK = 0x67323572
BOB = {4: "100.64.2.2", 6: "2001:db8:1000:200::"}  # as a decision names him
# Longer than anything here takes, shorter than the tokens of 30 an hour need to come back.
PATIENCE = 5


@pytest.fixture
def load(lab):
    """load("attempts.nft", default_policy="policy_open"): gate25.nft with these parts, as the agent would join them."""

    def run(*parts, **defines):
        for part in ("gate25.nft", *parts):
            text = (RULES / part).read_text(encoding="utf-8")
            for name, value in defines.items():
                text = "".join(f"define {name} = {value}\n" if line.startswith(f"define {name} ") else line
                               for line in text.splitlines(keepends=True))
            nft.load(lab.router, text)
        nft.load(lab.router, WHO_IS_WHO)
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


def connects(ns, host, port=25):
    """True, False (refused by a reset), or None (silence)."""
    try:
        ns.connect(host, port, PATIENCE).close()
    except ConnectionRefusedError:
        return False
    except TimeoutError:
        return None
    return True


def seen(log, family, who="alice"):
    """The destinations and ports that a host was logged with."""
    return [(one.destination, one.to_port) for one in log.packets() if one.source == ADDRESS[who][family]]


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
    nft.load(router, f"add element inet gate25 quarantine{family}_port25 {{ {BOB[family]} }}")
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
    router = load("meter.nft", default_policy="policy_open")
    fill_match(router, "connections", "alice")
    answers = [connects(lab.alice, FOREIGN[family]) for _ in range(32)]
    assert answers == 30 * [True] + 2 * [False]
    assert nft.packets(router, "volume", family) == 2
    assert connects(lab.alice, FOREIGN[family], 587) is True
    assert all(connects(lab.bob, FOREIGN[family]) for _ in range(31)), "a limit that is not for him"


def test_a_meter_of_destinations_counts_each_once(lab, load, family):
    router = load("meter_destinations.nft", default_policy="policy_open")
    fill_match(router, "destinations", "alice")
    assert all(connects(lab.alice, FOREIGN[family]) for _ in range(32)), "one destination"
    with more_destinations(lab, family, 30) as others:
        answers = [connects(lab.alice, other) for other in others]
        assert answers == 29 * [True] + [False]
        assert connects(lab.alice, others[0]) is True, "one that is known already"
    assert connects(lab.alice, FOREIGN[family]) is True
    assert nft.packets(router, "volume", family) == 1


def test_one_ipv6_subscriber_is_metered_as_one(lab, load):
    router = load("meter.nft", default_policy="policy_open")
    nft.load(router, f"add element inet gate25 match6_{METER['connections']} {{ 2001:db8:1000:100::/56 }}")
    lab.alice.run("ip", "address", "add", "2001:db8:1000:100::3/64", "dev", "up0", "nodad")
    try:
        answers = [connects_from(lab.alice, source, FOREIGN[6])
                   for source in 16 * ("2001:db8:1000:100::2", "2001:db8:1000:100::3")]
    finally:
        lab.alice.run("ip", "address", "delete", "2001:db8:1000:100::3/64", "dev", "up0")
    assert answers == 30 * [True] + 2 * [False]


def test_meters_and_the_log_see_the_same(lab, load, let_out, family):
    router = load("connections_log.nft", "meter.nft", default_policy="policy_open")
    fill_match(router, "connections", "alice")
    assert [connects(lab.alice, FOREIGN[family]) for _ in range(31)] == 30 * [True] + [False]
    let_out.wait_for(31)
    assert len(seen(let_out, family)) == 31


# --- notice --------------------------------------------------------------------------------------------

class Answering:
    """Stands on the router where the agent would."""

    def __init__(self, router, family, port=2554):
        with router.inside():
            self._socket = socket.create_server(("::" if family == 6 else "0.0.0.0", port), family=_family(family), backlog=64)

    def take(self):
        """(who came, from which address to which) of the next connection."""
        self._socket.settimeout(PATIENCE)
        connection, peer = self._socket.accept()
        connection.sendall(b"554 5.7.1 not here\r\n")
        connection.close()
        return peer[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()


def greeting(ns, host):
    with ns.connect(host, 25, PATIENCE) as connection:
        connection.settimeout(PATIENCE)
        return connection.recv(100)


@pytest.fixture
def noticing(load):
    def run(*parts, **defines):
        router = load("attempts.nft", "notice.nft", *parts, **defines)
        nft.load(router, BLOCKED)
        return router
    return run


def answered(lab, answering, ns, host):
    """What a client of the host sees, when the router answers."""
    with ns.connect(host, 25, PATIENCE) as connection:
        came_from = answering.take()
        connection.settimeout(PATIENCE)
        return came_from, connection.recv(100)


def test_the_block_is_answered_by_the_router_and_counts_as_an_attempt(lab, noticing, refused, family):
    router = noticing()
    with Answering(router, family) as answering:
        came_from, text = answered(lab, answering, lab.alice, FOREIGN[family])
    assert (came_from, text) == (ADDRESS["alice"][family], b"554 5.7.1 not here\r\n")
    refused.wait_for(1)
    assert seen(refused, family) == [(FOREIGN[family], 25)]
    assert nft.packets(router, "notice", family) == 1
    assert nft.packets(router, "block", family) == 0


@pytest.mark.parametrize("level", ["port25", "mail"])
def test_the_levels_that_end_spam_are_answered(lab, noticing, family, level):
    router = noticing(default_policy="policy_open")
    nft.load(router, "flush set inet gate25 blocked4; flush set inet gate25 blocked6")
    element(router, "quarantine{}_" + level, family)
    with Answering(router, family) as answering:
        assert answered(lab, answering, lab.alice, FOREIGN[family])[0] == ADDRESS["alice"][family]
    assert connects(lab.alice, RELAY[family]) is True
    assert connects(lab.bob, FOREIGN[family]) is True
    assert connects(lab.alice, FOREIGN[family], 587) is (level == "port25")


def test_the_garden_the_exempt_and_the_relay_are_not_answered(lab, noticing, family):
    router = noticing()
    with Answering(router, family):
        assert connects(lab.alice, RELAY[family]) is True
        element(router, "exempt{}", family)
        assert connects(lab.alice, FOREIGN[family]) is True
        element(router, "quarantine{}_garden", family)
        assert connects(lab.alice, FOREIGN[family]) is False
    assert nft.packets(router, "notice", family) == 0
    assert nft.packets(router, "garden", family) == 1


def test_past_the_rate_the_answer_is_a_reset_and_the_neighbour_still_gets_his(lab, noticing, refused, family):
    router = noticing()
    with Answering(router, family) as answering:
        answers = [connects(lab.alice, FOREIGN[family]) for _ in range(15)]
        assert answers[:10] == 10 * [True]
        assert False in answers[10:]
        for _ in range(answers.count(True)):
            answering.take()
        assert answered(lab, answering, lab.bob, FOREIGN[family])[0] == ADDRESS["bob"][family]
    refused.wait_for(16)
    assert len(seen(refused, family)) == 15
    assert nft.packets(router, "notice", family) == answers.count(True) + 1
    assert nft.packets(router, "block", family) == answers.count(False)


def test_with_nobody_there_it_is_a_reset(lab, noticing, family):
    noticing()
    assert connects(lab.alice, FOREIGN[family]) is False


def test_notice_and_redirect_work_side_by_side(lab, noticing, family):
    router = noticing("redirect.nft")
    who, other = ("100.64.2.0/24", "100.64.1.0/24") if family == 4 else ("2001:db8:1000:200::/56", "2001:db8:1000:100::/56")
    nft.load(router, f"flush set inet gate25 blocked{family}; add element inet gate25 blocked{family} {{ {other} }}\n"
                     f"add element inet gate25 redirect{family} {{ {who} }}")
    with Answering(router, family) as answering:
        assert answered(lab, answering, lab.alice, FOREIGN[family])[0] == ADDRESS["alice"][family]
        assert b"220" in greeting(lab.bob, FOREIGN[family])
    assert nft.packets(router, "redirect", family) == 1
    assert nft.packets(router, "notice", family) == 1


def test_a_live_session_is_cut_at_both_ends_and_not_answered(lab, noticing, family):
    router = noticing(default_policy="policy_open")
    nft.load(router, "flush set inet gate25 blocked4; flush set inet gate25 blocked6")
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        element(router, "quarantine{}_port25", family)
        assert session.fate() == "reset"
        until(lambda: not session.held_by(lab.internet), "the server to see the end")
    assert nft.packets(router, "notice", family) == 0


# --- helpers -------------------------------------------------------------------------------------------

def _family(family):
    return socket.AF_INET6 if family == 6 else socket.AF_INET


def connects_from(ns, source, host):
    try:
        with ns.inside():
            socket.create_connection((host, 25), PATIENCE, source_address=(source, 0)).close()
    except ConnectionRefusedError:
        return False
    return True


def mark(router, family):
    """What a verdict of the agent leaves behind: alice's first packets bear the mark, after gate25 has let them through."""
    source = {4: "ip saddr 100.64.1.2", 6: "ip6 saddr 2001:db8:1000:100::2"}[family]
    nft.load(router, f"""table inet queue_by_hand {{
        chain forward {{
            type filter hook forward priority filter;
            {source} tcp dport 25 tcp flags & (syn | ack) == syn meta mark set {MARK}
        }}
    }}""")


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
