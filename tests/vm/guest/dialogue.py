# SPDX-License-Identifier: GPL-2.0-or-later
"""Live sessions: a quarantine ends them at both ends, also when another table accepted them before."""

from lab import nft
from lab.net import FOREIGN
from lab.session import SmtpSession
from lab.until import until
from place import answer

SETTINGS = {
    "port25": {"policy": "open"},
    "prefix": [{"match": ["100.64.2.0/24", "2001:db8:1000:200::/56"], "policy": "redirect"}],
}

ACCEPTS_FIRST = """table inet fast_lane {
	chain forward {
		type filter hook forward priority -10; policy accept;
		ct state established accept
	}
}
"""


def begun(ns, family):
    session = SmtpSession(ns, FOREIGN[family])
    session.begin_message("a@subscriber.example", "b@foreign.example")
    return session


def check_a_quarantine_cuts_both_ends_and_release_restores(place, agent, family):
    nft.load(place.router, ACCEPTS_FIRST)
    try:
        with begun(place.alice, family) as session:
            there = place.servers["internet", 25].sessions[session.port]
            agent.gate25("quarantine", place.alice.address[family])
            assert (fate := session.fate(10)) == "reset", fate
            until(lambda: there.ended, "the server to see the end", 10)
        assert answer(place.alice, FOREIGN[family]) == "refused"
        agent.gate25("release", place.alice.address[family])
        assert answer(place.alice, FOREIGN[family]) == "internet 25"
    finally:
        place.router.run("nft", "delete", "table", "inet", "fast_lane")


def check_it_cuts_when_the_server_speaks_first(place, agent, family):
    with begun(place.alice, family) as session:
        there = place.servers["internet", 25].sessions[session.port]
        agent.gate25("quarantine", place.alice.address[family])
        there.say(b"250 unasked\r\n")
        until(lambda: there.ended, "the server to see the end", 10)
        assert (fate := session.fate(10)) == "reset", fate
    agent.gate25("release", place.alice.address[family])


def check_it_cuts_what_was_redirected(place, agent, family):
    with begun(place.bob, family) as session:
        assert session.greeting == "220 internet 587", session.greeting
        there = place.servers["internet", 587].sessions[session.port]
        agent.gate25("quarantine", place.bob.address[family])
        assert (fate := session.fate(10)) == "reset", fate
        until(lambda: there.ended, "the server to see the end", 10)
    agent.gate25("release", place.bob.address[family])


def check_the_neighbour_lives_on(place, agent, family):
    with begun(place.bob, family) as session:
        agent.gate25("quarantine", place.alice.address[family])
        assert (fate := session.fate(10)) == "acknowledged", fate
    agent.gate25("release", place.alice.address[family])
