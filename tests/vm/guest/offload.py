# SPDX-License-Identifier: GPL-2.0-or-later
"""Sessions that another table has put into a flowtable: their packets pass no rule any more, until a quarantine."""

import contextlib
import socket

from lab import nft
from lab.net import FOREIGN, RELAY
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
		type filter hook forward priority %d; policy accept;
		ct state established flow add @f
	}
}
"""
AFTER_THE_RULES, BEFORE_THE_RULES = 10, -10
LINES = 20
MANY = 30           # more than the resets a subscriber's servers are told per second


@contextlib.contextmanager
def fast_lane(place, priority=AFTER_THE_RULES):
    """Another table that puts whatever is established into a flowtable."""
    nft.load(place.router, FLOWTABLE % priority)
    try:
        yield
    finally:
        place.router.run("nft", "delete", "table", "inet", "fast_lane", check=False)
        place.router.run("conntrack", "-F", check=False)


@contextlib.contextmanager
def offloaded(place, ns, family, port, to=FOREIGN, priority=AFTER_THE_RULES):
    """A session with some packets behind it, which the kernel shows as [OFFLOAD]; and the server's end of it."""
    with fast_lane(place, priority), SmtpSession(ns, to[family], port) as session:
        session.begin_message("a@subscriber.example", "b@foreign.example")
        until(lambda: is_offloaded(place.router, family, session.port), "the connection to be offloaded", 5)
        yield session, place.servers[session.greeting.split()[1], int(session.greeting.split()[2])].sessions[session.port]


def is_offloaded(router, family, port, protocol="tcp"):
    shown = router.run("conntrack", "-L", "-f", f"ipv{family}", "-p", protocol, "--sport", port, check=False).stdout
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


def check_it_is_cut_where_the_flowtable_comes_before_the_rules(place, agent, family):
    """There a packet that the rules refuse has just put its connection into the flowtable again."""
    for first in ("subscriber", "server"):
        quarantined_while_offloaded(place, agent, place.bob, family, 25, "port25", first, BEFORE_THE_RULES)


def check_many_are_cut_at_once(place, agent, family):
    """The servers speak first, more of them than are told of the end in a second."""
    with fast_lane(place, BEFORE_THE_RULES), contextlib.ExitStack() as stack:
        sessions = [stack.enter_context(SmtpSession(place.alice, FOREIGN[family])) for _ in range(MANY)]
        for session in sessions:
            session.begin_message("a@subscriber.example", "b@foreign.example")
        until(lambda: all(is_offloaded(place.router, family, s.port) for s in sessions), "all to be offloaded", 20)
        there = [place.servers["internet", 25].sessions[s.port] for s in sessions]
        received = [end.data for end in there]
        before = agent.gate25("status")["kernel"]["flows_cut"]
        agent.gate25("quarantine", place.alice.address[family])
        try:
            assert agent.gate25("status")["kernel"]["flows_cut"] - before == MANY
            for end in there:
                end.say(b"250 unasked\r\n")
            for session in sessions:
                assert (fate := session.fate(20)) == "reset", fate
            assert [end.data for end in there] == received, "the subscriber's words came through"
        finally:
            agent.gate25("release", place.alice.address[family])


def check_what_is_allowed_stays_in_the_flowtable(place, agent, family):
    """The relay at level mail, the submission at level port25, and the neighbour."""
    for ns, port, to, level in ((place.alice, 25, RELAY, "mail"), (place.alice, 587, FOREIGN, "port25"),
                                (place.bob, 25, FOREIGN, "mail")):
        with offloaded(place, ns, family, port, to) as (session, _):
            agent.gate25("quarantine", place.alice.address[family], "--level", level)
            try:
                assert (fate := session.fate(10)) == "acknowledged", fate
                assert is_offloaded(place.router, family, session.port), "it was taken out for nothing"
            finally:
                agent.gate25("release", place.alice.address[family])


def check_a_stricter_configuration_cuts(place, agent, family):
    """And an exemption, while it stands, does not let it."""
    agent.gate25("exempt", place.alice.address[family])
    try:
        with offloaded(place, place.alice, family, 25) as (session, there):
            agent.configure({"port25": {"policy": "block"}})
            agent.reload()
            assert (fate := session.fate(10)) == "acknowledged", fate
            received = there.data
            agent.gate25("unexempt", place.alice.address[family])
            assert (fate := session.fate(10)) == "reset", fate
            assert there.data == received, "the subscriber's words came through"
        agent.configure(SETTINGS)
        agent.reload()
        with offloaded(place, place.alice, family, 25) as (session, there):
            received = there.data
            agent.configure({"port25": {"policy": "block"}})
            agent.reload()
            assert (fate := session.fate(10)) == "reset", fate
            assert there.data == received, "the subscriber's words came through"
    finally:
        agent.configure(SETTINGS)
        agent.reload()


def quarantined_while_offloaded(place, agent, ns, family, port, level, first, priority=AFTER_THE_RULES):
    """Not a byte more comes through, whoever speaks first, and both ends learn of it."""
    with offloaded(place, ns, family, port, priority=priority) as (session, there):
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
            assert not is_offloaded(place.router, family, session.port), "it is in the flowtable again"
        finally:
            agent.gate25("release", ns.address[family])
