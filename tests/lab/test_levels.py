# SPDX-License-Identifier: GPL-2.0-or-later
"""The levels of quarantine on real traffic."""

import pytest

from . import nft
from .client import DELIVERED, NO_CONNECTION, send_authenticated, send_direct, send_via_relay
from .mail import RECIPIENT
from .net import FOREIGN, PORTAL, WEB_SITE
from .session import SmtpSession
from .web import WebSite, read

GARDEN = {"allow": list(PORTAL.values()), "portal_ipv4": PORTAL[4], "portal_ipv6": PORTAL[6]}
PER_HOUR = 2


@pytest.fixture
def quarantine(lab, start_agent, family):
    """quarantine("mail") puts alice there, on a router whose policy is open."""
    agent = start_agent(port25={"policy": "open"}, quarantine={"limit": PER_HOUR}, garden=GARDEN)
    return lambda level: agent.gate25("quarantine", lab.alice.address[family], "--level", level)


@pytest.fixture
def web(lab, family):
    sites = [WebSite(lab.internet, WEB_SITE[family], "the world"),
             WebSite(lab.internet, WEB_SITE[family], "the world on another port", 8080),
             WebSite(lab.relay.ns, PORTAL[family], "why you are here")]
    yield sites
    for site in sites:
        site.stop()


def test_notify_restricts_nothing(lab, quarantine, family):
    quarantine("notify")
    assert send_direct(lab.alice, family).code == DELIVERED
    assert send_authenticated(lab.alice, family).code == DELIVERED
    assert nft.packets(lab.router, "notify", family) > 0


def test_limit_lets_a_few_connections_through(lab, quarantine, family):
    quarantine("limit")
    codes = [send_direct(lab.alice, family).code for _ in range(PER_HOUR + 1)]
    assert codes == PER_HOUR * [DELIVERED] + [NO_CONNECTION]
    assert nft.packets(lab.router, "limit", family) > 0
    assert send_direct(lab.bob, family).code == DELIVERED


def test_limit_leaves_a_live_session_alone(lab, quarantine, family):
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        session.begin_message("alice@subscriber.example", RECIPIENT[family])
        quarantine("limit")
        assert session.fate() == "acknowledged"
        assert session.finish_message().startswith("250")


def test_port25_leaves_submission_alone(lab, quarantine, family):
    quarantine("port25")
    assert send_direct(lab.alice, family).code == NO_CONNECTION
    assert send_authenticated(lab.alice, family).code == DELIVERED
    assert send_via_relay(lab.alice, family).code == DELIVERED


def test_mail_takes_submission_to_the_outside(lab, quarantine, family):
    quarantine("mail")
    assert send_direct(lab.alice, family).code == NO_CONNECTION
    assert send_authenticated(lab.alice, family).code == NO_CONNECTION
    assert send_via_relay(lab.alice, family).code == DELIVERED
    assert send_authenticated(lab.alice, family, server="relay").code == DELIVERED
    assert nft.packets(lab.router, "mail", family) > 0


def test_mail_leaves_the_web_alone(lab, quarantine, web, family):
    quarantine("mail")
    assert read(lab.alice, WEB_SITE[family]) == "the world"


def test_garden_shows_the_portal_and_nothing_else(lab, quarantine, web, family):
    assert read(lab.alice, WEB_SITE[family]) == "the world"
    quarantine("garden")
    assert read(lab.alice, WEB_SITE[family]) == "why you are here"
    assert read(lab.alice, PORTAL[family]) == "why you are here"
    assert read(lab.alice, WEB_SITE[family], 8080, timeout=1) is None
    assert send_direct(lab.alice, family).code == NO_CONNECTION
    assert send_authenticated(lab.alice, family).code == NO_CONNECTION
    assert read(lab.bob, WEB_SITE[family]) == "the world"
