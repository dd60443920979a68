# SPDX-License-Identifier: GPL-2.0-or-later
"""Policy `redirect`: port 25 becomes 587, and the subscriber changes nothing."""

import ssl

import pytest

from . import nft
from .client import DELIVERED, MAIL_REFUSED, NO_CONNECTION, send_authenticated, send_direct, send_via_relay
from .mail import PASSWORD, RECIPIENT, USERS
from .net import FOREIGN
from .session import SmtpSession

SAME_HOST = {"policy": "redirect", "redirect_to": "same-host"}
RELAY = {"policy": "redirect", "redirect_to": "relay"}


def submitted(server, ns, family, user):
    """Has the server's port 587 seen this user log in from this host?"""
    lines = (line for line in server.log().splitlines() if "submission/smtpd" in line)
    return any(f"[{ns.address[family]}]" in line and f"sasl_username={user}" in line for line in lines)


def test_user_with_a_password_still_delivers_over_587(lab, start_agent, family):
    start_agent(port25=SAME_HOST)
    sent = send_authenticated(lab.bob, family, port=25)
    assert sent.code == DELIVERED, sent.transcript
    lab.foreign.inbox.wait_for(sent.token)
    assert submitted(lab.foreign, lab.bob, family, USERS["foreign"])
    assert nft.packets(lab.router, "redirect", family) > 0


def test_the_certificate_still_names_the_host_that_was_dialled(lab, start_agent, family):
    start_agent(port25=SAME_HOST)
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        session.start_tls(lab.authority)
        session.log_in(USERS["foreign"], PASSWORD)


@pytest.mark.parametrize("tls, words", [((), "STARTTLS"), (("-tls",), "Authentication required")])
def test_redirected_bot_meets_a_door_with_a_lock(lab, start_agent, family, tls, words):
    start_agent(port25=SAME_HOST)
    sent = send_direct(lab.alice, family, *tls)
    assert sent.code == MAIL_REFUSED, sent.transcript
    assert "530 5.7.0" in sent.transcript and words in sent.transcript
    assert lab.foreign.inbox.find(sent.token) is None


@pytest.mark.parametrize("target", [SAME_HOST, RELAY], ids=["same-host", "relay"])
def test_mail_to_the_relay_is_not_redirected(lab, start_agent, family, target):
    start_agent(port25=target)
    sent = send_via_relay(lab.alice, family)
    assert sent.code == DELIVERED, sent.transcript
    lab.foreign.inbox.wait_for(sent.token)


def test_redirected_to_the_relay_its_own_user_delivers(lab, start_agent, family):
    start_agent(port25=RELAY)
    sent = send_authenticated(lab.bob, family, "--auth-user", USERS["relay"], port=25)
    assert sent.code == DELIVERED, sent.transcript
    lab.foreign.inbox.wait_for(sent.token)
    assert submitted(lab.relay, lab.bob, family, USERS["relay"])


def test_redirected_to_the_relay_a_careful_client_sees_the_wrong_name(lab, start_agent, family):
    """What the guide must say: TLS names do not fit, and that is the client being right."""
    start_agent(port25=RELAY)
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        with pytest.raises(ssl.SSLCertVerificationError):
            session.start_tls(lab.authority)


def test_redirected_to_the_relay_the_bot_meets_a_door_with_a_lock(lab, start_agent, family):
    start_agent(port25=RELAY)
    sent = send_direct(lab.alice, family, "-tls")
    assert sent.code == MAIL_REFUSED, sent.transcript
    assert "530 5.7.0" in sent.transcript and "Authentication required" in sent.transcript


def test_exempt_subscriber_is_not_redirected(lab, start_agent, family):
    agent = start_agent(port25=SAME_HOST)
    agent.gate25("exempt", lab.alice.address[family])
    sent = send_direct(lab.alice, family)
    assert sent.code == DELIVERED, sent.transcript
    lab.foreign.inbox.wait_for(sent.token)


def test_quarantined_subscriber_is_refused_and_not_redirected(lab, start_agent, family):
    agent = start_agent(port25=SAME_HOST)
    agent.gate25("quarantine", lab.alice.address[family], "--level", "port25")
    assert send_authenticated(lab.alice, family, port=25).code == NO_CONNECTION
    assert send_authenticated(lab.alice, family, port=587).code == DELIVERED


def test_a_live_redirected_session_survives_a_reload(lab, start_agent, family):
    agent = start_agent(port25=SAME_HOST)
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        session.start_tls(lab.authority)
        session.log_in(USERS["foreign"], PASSWORD)
        session.begin_message(USERS["foreign"], RECIPIENT[family])
        agent.reload()
        assert session.fate() == "acknowledged"
        assert session.finish_message().startswith("250")
