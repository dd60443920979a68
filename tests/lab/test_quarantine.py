# SPDX-License-Identifier: GPL-2.0-or-later
"""A quarantine: it comes at once, ends live sessions at both ends, goes by itself or by release."""

import pytest

from .client import DELIVERED, NO_CONNECTION, send_direct, send_via_relay
from .mail import PASSWORD, RECIPIENT, USERS
from .net import FOREIGN
from .session import SmtpSession
from .until import until

SENDER = "alice@subscriber.example"


@pytest.fixture
def agent(start_agent):
    """Everybody may, until an alert arrives: so what fails here fails because of the quarantine."""
    return start_agent(port25={"policy": "open"})


def cut_at_both_ends(session, lab):
    assert session.fate() == "reset"
    until(lambda: not session.held_by(lab.internet), "the server to see the end")


def test_a_session_in_mid_data_dies_at_both_ends(lab, agent, family):
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        session.begin_message(SENDER, RECIPIENT[family], "cut in mid-DATA")
        agent.gate25("quarantine", lab.alice.address[family], "--reason", "spam seen")
        cut_at_both_ends(session, lab)
    assert lab.foreign.inbox.find("cut in mid-DATA") is None


def test_a_redirected_session_in_mid_data_dies_at_both_ends(lab, start_agent, family):
    agent = start_agent(port25={"policy": "redirect", "redirect_to": "same-host"})
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        session.start_tls(lab.authority)
        session.log_in(USERS["foreign"], PASSWORD)
        session.begin_message(USERS["foreign"], RECIPIENT[family])
        assert session.held_by(lab.internet)
        agent.gate25("quarantine", lab.alice.address[family])
        cut_at_both_ends(session, lab)


def test_an_exempt_subscribers_session_dies_too(lab, start_agent, family):
    agent = start_agent()
    agent.gate25("exempt", lab.alice.address[family])
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        session.begin_message(SENDER, RECIPIENT[family])
        agent.gate25("quarantine", lab.alice.address[family])
        cut_at_both_ends(session, lab)


def test_the_neighbours_session_lives_on(lab, agent, family):
    with SmtpSession(lab.bob, FOREIGN[family]) as session:
        session.begin_message("bob@subscriber.example", RECIPIENT[family])
        agent.gate25("quarantine", lab.alice.address[family])
        assert session.fate() == "acknowledged"
        assert session.finish_message().startswith("250")


def test_the_relay_stays_within_reach(lab, agent, family):
    agent.gate25("quarantine", lab.alice.address[family])
    assert send_direct(lab.alice, family).code == NO_CONNECTION
    sent = send_via_relay(lab.alice, family)
    assert sent.code == DELIVERED, sent.transcript
    lab.foreign.inbox.wait_for(sent.token)


def test_release_restores(lab, agent, family):
    agent.gate25("quarantine", lab.alice.address[family])
    assert send_direct(lab.alice, family).code == NO_CONNECTION
    agent.gate25("release", lab.alice.address[family], "--reason", "cleaned")
    assert send_direct(lab.alice, family).code == DELIVERED
    assert agent.quarantines() == []


def test_it_ends_by_itself_with_the_agent_killed(lab, agent, family):
    agent.gate25("quarantine", lab.alice.address[family], "--for", "3s")
    agent.kill()
    assert send_direct(lab.alice, family).code == NO_CONNECTION
    until(lambda: send_direct(lab.alice, family).code == DELIVERED, "the quarantine to end")


def test_the_whole_subscriber_prefix_is_meant(lab, agent):
    """IPv6: whoever moves to another address of his /56 takes the quarantine with him."""
    agent.gate25("quarantine", lab.alice.address[6])
    elsewhere = "2001:db8:1000:100::bad"
    lab.alice.run("ip", "address", "add", f"{elsewhere}/64", "dev", "up0", "nodad")
    try:
        assert send_direct(lab.alice, 6, "--local-interface", elsewhere).code == NO_CONNECTION
    finally:
        lab.alice.run("ip", "address", "delete", f"{elsewhere}/64", "dev", "up0")


@pytest.mark.parametrize("address", ["192.0.2.25", "2001:db8:25::25", "0.0.0.0/0", "::/0", "127.0.0.1", "::1"])
def test_what_must_never_be_quarantined_is_refused(agent, address):
    error = agent.gate25("quarantine", address, code=1)["error"]
    assert error["message"]
    assert agent.quarantines() == []
