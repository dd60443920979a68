# SPDX-License-Identifier: GPL-2.0-or-later
"""rules/ with no agent: the files are complete, and a person can load and fill them with nft alone."""

import pytest

from . import nft
from .agent import RULES
from .by_hand import WHO_IS_WHO, element
from .client import DELIVERED, NO_CONNECTION, send_authenticated, send_direct, send_via_relay
from .mail import PASSWORD, RECIPIENT, USERS
from .net import FOREIGN
from .session import SmtpSession
from .until import until


@pytest.fixture
def router(lab):
    lab.router.run("nft", "-f", RULES / "gate25.nft")
    nft.load(lab.router, WHO_IS_WHO)
    return lab.router


@pytest.fixture
def redirecting(router):
    router.run("nft", "-f", RULES / "redirect.nft")
    nft.load(router, "add element inet gate25 redirect4 { 100.64.0.0/10 }\n"
                     "add element inet gate25 redirect6 { 2001:db8:1000::/36 }")
    return router


def test_block_and_relay(lab, router, family):
    refused = send_direct(lab.alice, family)
    assert refused.code == NO_CONNECTION and refused.seconds < 1, refused.transcript
    assert nft.packets(router, "block", family) > 0
    assert send_via_relay(lab.alice, family).code == DELIVERED
    assert send_authenticated(lab.alice, family).code == DELIVERED


def test_an_exemption_ends_by_itself(lab, router, family):
    element(router, "exempt{}", family, "1s")
    assert send_direct(lab.alice, family).code == DELIVERED
    until(lambda: send_direct(lab.alice, family).code == NO_CONNECTION, "the exemption to end")


def test_redirect_to_the_same_host(lab, redirecting, family):
    sent = send_authenticated(lab.alice, family, port=25)
    assert sent.code == DELIVERED, sent.transcript
    assert "530 5.7.0" in send_direct(lab.alice, family, "-tls").transcript


@pytest.mark.parametrize("level", ["port25", "mail", "garden"])
def test_a_live_session_dies_at_both_ends(lab, router, family, level):
    element(router, "exempt{}", family)
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        session.begin_message("alice@subscriber.example", RECIPIENT[family], "cut by hand")
        element(router, "quarantine{}_" + level, family)
        assert session.fate() == "reset"
        until(lambda: not session.held_by(lab.internet), "the server to see the end")
    assert lab.foreign.inbox.find("cut by hand") is None


@pytest.mark.parametrize("level", ["port25", "mail", "garden"])
def test_a_live_redirected_session_dies_at_both_ends(lab, redirecting, family, level):
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        session.start_tls(lab.authority)
        session.log_in(USERS["foreign"], PASSWORD)
        session.begin_message(USERS["foreign"], RECIPIENT[family])
        element(redirecting, "quarantine{}_" + level, family)
        assert session.fate() == "reset"
        until(lambda: not session.held_by(lab.internet), "the server to see the end")
