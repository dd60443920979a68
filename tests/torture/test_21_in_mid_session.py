# SPDX-License-Identifier: GPL-2.0-or-later
"""A subscriber is quarantined in the middle of a session: his next packet is the last one, and it carries nothing."""

import contextlib

import pytest

from lab import nft
from lab.mail import PASSWORD, RECIPIENT, USERS
from lab.net import FOREIGN
from lab.session import SmtpSession
from lab.until import until

from .side_link import SideLink

SENDER = "alice@subscriber.example"
IP = {4: "ip", 6: "ip6"}

# At the server's door, before anything there looks at a packet. A reset carries no byte to the server.
DOOR = """table inet door {{
 counter alive {{ }}
 counter dead {{ }}
 chain input {{ type filter hook input priority -400;
  {ip} saddr {alice} tcp dport {{ 25, 587 }} tcp flags & rst == 0 counter name alive
  {ip} saddr {alice} tcp dport {{ 25, 587 }} tcp flags & rst == rst counter name dead
 }}
}}
"""

# What the router sees of either direction.
DIRECTIONS = """table inet directions {{
 counter questions {{ }}
 counter answers {{ }}
 chain prerouting {{ type filter hook prerouting priority -400;
  {ip} saddr {alice} tcp dport 25 counter name questions
  {ip} daddr {alice} tcp sport 25 counter name answers
 }}
}}
"""


@contextlib.contextmanager
def counted(ns, text, table, lab, family):
    """counts() -> {name: packets}"""
    nft.load(ns, text.format(ip=IP[family], alice=lab.alice.address[family]))
    try:
        yield lambda: {name: counter.packets for name, counter in nft.counters(ns, ("inet", table)).items()}
    finally:
        ns.run("nft", "delete", "table", "inet", table)


def door(lab, family):
    return counted(lab.internet, DOOR, "door", lab, family)


def directions(lab, family):
    return counted(lab.router, DIRECTIONS, "directions", lab, family)


def log_in(session, lab):
    session.start_tls(lab.authority)
    session.log_in(USERS["foreign"], PASSWORD)
    session.begin_message(USERS["foreign"], RECIPIENT[4])


def begin(session, lab):  # noqa: ARG001 (as log_in)
    session.begin_message(SENDER, RECIPIENT[4])


def is_held_by_client(session, lab):
    return any(c.state == "ESTAB" and c.port == session.port for c in lab.alice.connections())


def cut_clean(session, lab, counts, before):
    """The client's next packet: both ends are closed by it, and no byte of it or after it arrives."""
    assert session.fate() == "reset"
    until(lambda: not session.held_by(lab.internet), "the server to see the end")
    until(lambda: not is_held_by_client(session, lab), "the client to see the end")
    after = counts()
    assert after["alive"] == before["alive"], f"{after['alive'] - before['alive']} packets reached the server alive"
    assert after["dead"] >= before["dead"] + 1


# The session to port 25 of somebody who may, to 25 that has become 587, and by submission: each with the mildest level
# that ends it.
SESSIONS = {
    "port 25": ({"policy": "open"}, 25, begin, "port25"),
    "redirected": ({"policy": "redirect", "redirect_to": "same-host"}, 25, log_in, "port25"),
    "submission": ({"policy": "block"}, 587, log_in, "mail"),
    "garden": ({"policy": "open"}, 25, begin, "garden"),
}


@pytest.mark.parametrize("kind", SESSIONS)
def test_the_next_packet_is_the_last(lab, start_agent, family, rounds, kind):
    port25, port, talk, level = SESSIONS[kind]
    agent = start_agent(port25=port25, garden={"allow": ["203.0.113.0/24", "2001:db8:80::/64"]})
    for _ in range(rounds(3, 100)):
        with door(lab, family) as counts, SmtpSession(lab.alice, FOREIGN[family], port) as session:
            talk(session, lab)
            assert session.fate() == "acknowledged"
            agent.gate25("quarantine", lab.alice.address[family], "--level", level)
            cut_clean(session, lab, counts, counts())
        agent.gate25("release", lab.alice.address[family])


def test_the_router_sees_only_what_the_client_says(lab, start_agent, family):
    """The answers come by another way, as with two upstreams."""
    agent = start_agent(port25={"policy": "open"})
    with SideLink(lab, family) as side, directions(lab, family) as seen, door(lab, family) as counts:
        side.takes_answers()
        with SmtpSession(lab.alice, FOREIGN[family]) as session:
            session.begin_message(SENDER, RECIPIENT[family])
            assert seen()["questions"] > 0 and seen()["answers"] == 0
            agent.gate25("quarantine", lab.alice.address[family])
            cut_clean(session, lab, counts, counts())
        with pytest.raises(ConnectionRefusedError):
            SmtpSession(lab.alice, FOREIGN[family])


def test_the_router_sees_only_what_the_server_says(lab, start_agent, family):
    """What the client says goes by another way and cannot be stopped here: the server is told at its next answer."""
    agent = start_agent(port25={"policy": "open"})
    with SideLink(lab, family) as side, directions(lab, family) as seen:
        side.takes_questions()
        with SmtpSession(lab.alice, FOREIGN[family]) as session:
            session.begin_message(SENDER, RECIPIENT[family], f"seen from one side {family}")
            assert seen()["questions"] == 0 and seen()["answers"] > 0
            agent.gate25("quarantine", lab.alice.address[family])
            assert session.fate(1) in ("silence", "reset")      # of the server's own resets none gets through
            until(lambda: not session.held_by(lab.internet), "the server to see the end")
        with pytest.raises(TimeoutError):
            SmtpSession(lab.alice, FOREIGN[family], timeout=1)
    assert lab.foreign.inbox.find(f"seen from one side {family}") is None


def test_a_packet_that_arrives_alive_would_be_seen(lab, start_agent, family):
    """So that the counts above mean something: no quarantine, the same packet."""
    start_agent(port25={"policy": "open"})
    with door(lab, family) as counts, SmtpSession(lab.alice, FOREIGN[family]) as session:
        begin(session, lab)
        before = counts()
        assert session.fate() == "acknowledged"
        assert session.held_by(lab.internet) and is_held_by_client(session, lab)
        assert counts()["alive"] > before["alive"]
