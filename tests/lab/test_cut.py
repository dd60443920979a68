# SPDX-License-Identifier: GPL-2.0-or-later
"""Live sessions end though another table, asked before ours, accepts what is established: an accept is never final,
and our rules look at the subscriber before anything else. Flowtables are another matter: tests/vm/guest/offload.py."""

import pytest

from . import nft
from .mail import PASSWORD, RECIPIENT, USERS
from .net import FOREIGN
from .session import SmtpSession
from .until import until

ACCEPTS_FIRST = """table inet firewall {
	chain early {
		type filter hook prerouting priority mangle; policy accept;
		ct state established,related counter accept
	}
	chain forward {
		type filter hook forward priority filter - 10; policy accept;
		ct state established,related counter accept
	}
}
"""


@pytest.fixture(autouse=True)
def accepts_first(lab):
    nft.load(lab.router, ACCEPTS_FIRST)


def in_mid_message(lab, family, port):
    """Logged in where a password is asked for."""
    session = SmtpSession(lab.alice, FOREIGN[family], port)
    if answers_at(lab, session) == 587:
        session.start_tls(lab.authority)
        session.log_in(USERS["foreign"], PASSWORD)
    session.begin_message(USERS["foreign"], RECIPIENT[family], "cut where another accepts")
    return session


def answers_at(lab, session):
    """The port of the server's end."""
    return session.server_port(lab.internet)


def passes_the_other_table(router, session):
    """It is the foreign accept that the session meets first."""
    listing = "nft", "-j", "list", "table", "inet", "firewall"
    before = router.run(*listing).stdout
    assert session.fate() == "acknowledged"
    return router.run(*listing).stdout != before


@pytest.mark.parametrize("policy, port, level, reached",
                         [("open", 25, "port25", 25), ("open", 587, "mail", 587), ("redirect", 25, "port25", 587),
                          ("redirect", 25, "mail", 587)],
                         ids=["25", "587", "redirected-port25", "redirected-mail"])
def test_it_ends_at_both_ends(lab, start_agent, family, policy, port, level, reached):
    agent = start_agent(port25={"policy": policy})
    with in_mid_message(lab, family, port) as session:
        assert answers_at(lab, session) == reached
        assert passes_the_other_table(lab.router, session)
        agent.gate25("quarantine", lab.alice.address[family], "--level", level)
        assert session.fate() == "reset"
        until(lambda: not session.held_by(lab.internet), "the server to see the end")
    assert lab.foreign.inbox.find("cut where another accepts") is None


def test_an_exemption_taken_away_ends_it(lab, start_agent, family):
    agent = start_agent(port25={"policy": "block"})
    agent.gate25("exempt", lab.alice.address[family])
    with in_mid_message(lab, family, 25) as session:
        agent.gate25("unexempt", lab.alice.address[family])
        assert session.fate() == "reset"


def test_the_neighbour_passes_on(lab, start_agent, family):
    agent = start_agent(port25={"policy": "open"})
    with in_mid_message(lab, family, 25) as session:
        agent.gate25("quarantine", lab.bob.address[family])
        assert session.fate() == "acknowledged"
        assert session.finish_message().startswith("250")
