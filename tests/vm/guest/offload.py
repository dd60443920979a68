# SPDX-License-Identifier: GPL-2.0-or-later
"""Sessions that another table has put into a flowtable: their packets pass no rule any more, until a quarantine."""

import contextlib
import socket

from lab import nft
from lab.net import FOREIGN
from lab.session import SmtpSession
from lab.until import until

# bob's port 25 is redirected.
SETTINGS = {
    "port25": {"policy": "open"},
    "prefix": [{"match": ["100.64.2.0/24", "2001:db8:1000:200::/56"], "policy": "redirect"}],
}

FLOWTABLE = """table inet fast_lane {
	flowtable f { hook ingress priority 0; devices = { alice, bob, internet }; }
	chain forward {
		type filter hook forward priority 10; policy accept;
		ct state established flow add @f
	}
}
"""
LINES = 20


@contextlib.contextmanager
def offloaded(place, ns, family, port):
    """A session with some packets behind it, which the kernel shows as [OFFLOAD]; and the server's end of it."""
    nft.load(place.router, FLOWTABLE)
    try:
        with SmtpSession(ns, FOREIGN[family], port) as session:
            session.begin_message("a@subscriber.example", "b@foreign.example")
            until(lambda: is_offloaded(place.router, family, session.port), "the connection to be offloaded", 5)
            answered_at = int(session.greeting.split()[-1])
            yield session, place.servers["internet", answered_at].sessions[session.port]
    finally:
        place.router.run("nft", "delete", "table", "inet", "fast_lane", check=False)
        place.router.run("conntrack", "-F", check=False)


def is_offloaded(router, family, port):
    shown = router.run("conntrack", "-L", "-f", f"ipv{family}", "-p", "tcp", "--sport", port, check=False).stdout
    return "[OFFLOAD]" in shown


def said_to(session):
    """What has come from the server and was not read; nothing when the connection was reset."""
    try:
        return session._socket.recv(1000, socket.MSG_DONTWAIT).decode()
    except OSError:
        return ""


def check_an_offloaded_session_passes_no_rule(place, agent, family):
    """What makes the next checks worth something."""
    with offloaded(place, place.alice, family, 25) as (session, _):
        assert_no_rule_is_passed(place.router, "open", family, session)


def check_an_exempt_session_passes_no_rule(place, agent, family):
    agent.gate25("exempt", place.alice.address[family])
    with offloaded(place, place.alice, family, 25) as (session, _):
        assert_no_rule_is_passed(place.router, "exempt", family, session)
    agent.gate25("unexempt", place.alice.address[family])


def assert_no_rule_is_passed(router, counter, family, session):
    """But for a straggler: the kernel takes a flow out of the flowtable whenever it likes, and it comes back."""
    before = nft.packets(router, counter, family)
    for _ in range(LINES):
        assert (fate := session.fate()) == "acknowledged", fate
    seen = nft.packets(router, counter, family) - before
    assert seen < LINES / 2, f"the rules saw {seen} packets of {2 * LINES}"


def check_a_quarantine_stops_it_from_the_subscriber(place, agent, family):
    quarantined_while_offloaded(place, agent, place.alice, family, 25, "port25", "subscriber")


def check_a_quarantine_stops_it_from_the_server(place, agent, family):
    quarantined_while_offloaded(place, agent, place.alice, family, 25, "port25", "server")


def check_level_mail_stops_an_offloaded_submission(place, agent, family):
    quarantined_while_offloaded(place, agent, place.alice, family, 587, "mail", "subscriber")


def check_the_exempt_are_cut_too(place, agent, family):
    agent.gate25("exempt", place.alice.address[family])
    try:
        quarantined_while_offloaded(place, agent, place.alice, family, 25, "port25", "subscriber")
    finally:
        agent.gate25("unexempt", place.alice.address[family])


def check_what_was_redirected_is_cut_from_the_subscriber(place, agent, family):
    """Without its entry in connection tracking nobody knows any more that the server's end is at 587."""
    quarantined_while_offloaded(place, agent, place.bob, family, 25, "port25", "subscriber")


def check_what_was_redirected_is_cut_from_the_server(place, agent, family):
    quarantined_while_offloaded(place, agent, place.bob, family, 25, "port25", "server")


def quarantined_while_offloaded(place, agent, ns, family, port, level, first):
    """Not a byte more comes through, whoever speaks first, and both ends learn of it."""
    with offloaded(place, ns, family, port) as (session, there):
        received = there.data
        agent.gate25("quarantine", ns.address[family], "--level", level)
        try:
            if first == "server":
                there.say(b"250 unasked\r\n")
                until(lambda: there.ended, "the server to see the end", 10)
                assert "unasked" not in (said := said_to(session)), said
            fate = session.fate(10)
            assert there.data == received, "the subscriber's words came through"
            assert fate == "reset", fate
            until(lambda: there.ended, "the server to see the end", 10)
        finally:
            agent.gate25("release", ns.address[family])
