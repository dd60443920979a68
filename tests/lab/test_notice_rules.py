# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of rules/ for deny = "notice" with no agent: whom the router answers, and how often."""

import socket

import pytest

from . import nft
from .by_hand import PATIENCE, connects, element, family_of, load_parts
from .net import ADDRESS, FOREIGN, RELAY
from .nflog import REFUSED, Nflog, seen
from .session import SmtpSession
from .until import until

BLOCKED = """
add element inet gate25 blocked4 { 100.64.0.0/10 }
add element inet gate25 blocked6 { 2001:db8:1000::/36 }
"""


@pytest.fixture
def refused(lab):
    with Nflog(lab.router, REFUSED) as log:
        yield log


class Answering:
    """Stands on the router where the agent would."""

    def __init__(self, router, family, port=2554):
        with router.inside():
            self._socket = socket.create_server(("::" if family == 6 else "0.0.0.0", port), family=family_of(family), backlog=64)

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
def noticing(lab):
    def run(*parts, **defines):
        load_parts(lab.router, "attempts.nft", "notice.nft", *parts, **defines)
        nft.load(lab.router, BLOCKED)
        return lab.router
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
    assert nft.packets(router, "garden", family) >= 1   # the end of the exempt connection may come late, and meet it too


def test_a_milder_decision_on_a_longer_prefix_keeps_the_answer_away(lab, noticing):
    router = noticing("length6.nft", default_policy="policy_open")
    nft.load(router, "flush set inet gate25 blocked6")
    element(router, "quarantine{}_port25", 6)
    with Answering(router, 6):
        element(router, "quarantine{}_64_limit", 6)
        assert connects(lab.alice, FOREIGN[6]) is True
        assert nft.packets(router, "notice", 6) == 0
        element(router, "quarantine{}_64_limit", 6, verb="delete")
        assert connects(lab.alice, FOREIGN[6]) is True
        assert nft.packets(router, "notice", 6) == 1


def test_the_router_itself_is_dialled_as_without_this_part(lab, noticing, family):
    router = noticing()
    itself = {4: "100.64.1.1", 6: "2001:db8:1000:100::1"}[family]
    with Answering(router, family):
        assert connects(lab.alice, itself) is False
        with Answering(router, family, port=25):
            assert connects(lab.alice, itself) is True
        assert nft.packets(router, "notice", family) == 0
        assert connects(lab.alice, FOREIGN[family]) is True
    assert nft.packets(router, "notice", family) == 1


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
