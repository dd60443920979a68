# SPDX-License-Identifier: GPL-2.0-or-later
"""Policy `block`: port 25 leads to the relay, whoever is exempt may go anywhere."""

import pytest

from . import nft
from .client import DELIVERED, NO_CONNECTION, send_authenticated, send_direct, send_via_relay
from .until import until


@pytest.fixture
def agent(start_agent):
    return start_agent()


def peers_of(host):
    return {(c.peer, c.peer_port) for c in host.connections(25)}


def test_direct_mail_is_refused_at_once_and_counted(lab, agent, family):
    before, peers = nft.packets(lab.router, "block", family), peers_of(lab.internet)
    sent = send_direct(lab.alice, family)
    assert sent.code == NO_CONNECTION and "refused" in sent.transcript, sent.transcript
    assert sent.seconds < 1
    assert nft.packets(lab.router, "block", family) > before
    assert peers_of(lab.internet) <= peers


def test_deny_drop_is_silent(lab, start_agent, family):
    start_agent(port25={"deny": "drop"})
    sent = send_direct(lab.alice, family, timeout=1)
    assert sent.code == NO_CONNECTION and "refused" not in sent.transcript, sent.transcript


def test_mail_through_the_relay_is_delivered(lab, agent, family):
    sent = send_via_relay(lab.alice, family)
    assert sent.code == DELIVERED, sent.transcript
    lab.foreign.inbox.wait_for(sent.token)
    assert nft.packets(lab.router, "relay", family) > 0


@pytest.mark.parametrize("server", ["foreign", "relay"])
def test_submission_is_no_policys_business(lab, agent, family, server):
    sent = send_authenticated(lab.alice, family, server=server)
    assert sent.code == DELIVERED, sent.transcript
    lab.foreign.inbox.wait_for(sent.token)


def test_exempt_subscriber_delivers_directly_until_unexempt(lab, agent, family):
    agent.gate25("exempt", lab.alice.address[family], "--reason", "runs a mail server", "--owner", "noc")
    sent = send_direct(lab.alice, family)
    assert sent.code == DELIVERED, sent.transcript
    lab.foreign.inbox.wait_for(sent.token)
    assert nft.packets(lab.router, "exempt", family) > 0
    assert send_direct(lab.bob, family).code == NO_CONNECTION
    agent.gate25("unexempt", lab.alice.address[family])
    assert send_direct(lab.alice, family).code == NO_CONNECTION


def test_an_exemption_ends_by_itself(lab, agent, family):
    agent.gate25("exempt", lab.alice.address[family], "--for", "2s")
    assert send_direct(lab.alice, family).code == DELIVERED
    until(lambda: send_direct(lab.alice, family).code == NO_CONNECTION, "the exemption to end")


def test_a_prefix_may_have_a_policy_of_its_own(lab, start_agent, family):
    start_agent(prefix=[{"match": ["100.64.2.0/24", "2001:db8:1000:200::/56"], "policy": "open"}])
    assert send_direct(lab.bob, family).code == DELIVERED
    assert send_direct(lab.alice, family).code == NO_CONNECTION


def test_explain_says_what_happened(lab, agent, family):
    answer = agent.gate25("explain", lab.alice.address[family], lab.internet.address[family], "25")
    assert (answer["verdict"], answer["step"]) in (("reset", 5), ("reset", 6)), answer
    answer = agent.gate25("explain", lab.alice.address[family], lab.relay.ns.address[family], "25")
    assert (answer["verdict"], answer["step"]) == ("accept", 3), answer
