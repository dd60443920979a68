# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration is reloaded over and over under a stream of SYNs: nothing slips through, nobody loses a session."""

import time

import pytest

from lab.api import send_alert
from lab.flood import Flood
from lab.mail import PASSWORD, RECIPIENT, USERS
from lab.net import FOREIGN
from lab.session import SmtpSession
from lab.until import until

from .alerts import subscriber
from .nfnetlink import NfTables

REDIRECT = {"policy": "redirect", "redirect_to": "same-host"}
BLOCK = {"policy": "block"}
HOUR_MS = 3_600_000


def variant(port25, number):
    """A configuration that differs from the one before in rules, sets and policies."""
    return {
        "port25": {**port25, "deny": "reset" if number % 2 else "drop"},
        "quarantine": {"limit": (5, 10, 20)[number % 3], "duration": ["1h"]},
        "prefix": [{"match": [f"100.90.{number % 200}.0/24", f"2001:db8:1a{number % 200:02x}::/48"], "policy": "open"}],
    }


def reload_again_and_again(agent, port25, count, each):
    for number in range(count):
        agent.configure(variant(port25, number))
        agent.reload()
        each()


class Sentenced:
    """Quarantines of an hour, and whether the kernel still counts the same hour."""

    def __init__(self, lab, agent):
        self._lab = lab
        addresses = [subscriber(number) for number in range(20)]
        begun = time.monotonic()
        answer = send_alert(agent.home / "alert.sock", *addresses)
        self._began = (begun, time.monotonic())
        assert {one["outcome"] for one in answer.body["alerts"]} == {"decided"}, answer
        self._elements = [(f"quarantine{6 if ':' in a else 4}_port25", a.replace("::1", "::")) for a in addresses]

    def check(self):
        with NfTables(self._lab.router) as tables:
            for name, address in self._elements:
                earliest = HOUR_MS - (time.monotonic() - self._began[0]) * 1000
                left = tables.milliseconds_left(name, address)
                latest = HOUR_MS - (time.monotonic() - self._began[1]) * 1000
                assert left is not None, f"{address} is no longer in {name}"
                # A reload that wrote the elements anew would round their time to a second.
                assert earliest - 1000 <= left <= latest + 1000, f"{address}: {left} ms left, not {earliest:.0f}"


@pytest.mark.parametrize("port25", [REDIRECT, BLOCK], ids=["redirect", "block"])
def test_reloads_under_a_stream_let_nothing_out(lab, start_agent, family, rounds, port25):
    agent = start_agent(**variant(port25, -1))
    sentenced = Sentenced(lab, agent)
    count, begun = rounds(15, 250), time.monotonic()
    with Flood(lab, family, seconds=60 + count) as flood:
        reload_again_and_again(agent, port25, count, lambda: None)
    seconds = time.monotonic() - begun
    print(f"{count} reloads, {seconds / count * 1000:.0f} ms each, {flood.sent / seconds:.0f} SYN/s")
    assert flood.sent > 1000 and flood.arrived == 0
    sentenced.check()
    assert agent.gate25("status")["generation"] == count + 1


def test_a_redirected_session_survives_all_of_them(lab, start_agent, family, rounds):
    agent = start_agent(**variant(REDIRECT, -1))
    with SmtpSession(lab.bob, FOREIGN[family]) as session:
        session.start_tls(lab.authority)
        session.log_in(USERS["foreign"], PASSWORD)
        session.begin_message(USERS["foreign"], RECIPIENT[family], "through all reloads")

        def goes_on():
            assert session.fate() == "acknowledged"

        with Flood(lab, family, seconds=600) as flood:
            reload_again_and_again(agent, REDIRECT, rounds(15, 250), goes_on)
        assert session.finish_message().startswith("250")
    assert flood.sent > 1000 and flood.arrived == 0
    lab.foreign.inbox.wait_for("through all reloads")


def test_a_reload_that_opens_would_be_seen(lab, start_agent, family):
    """So that the zeros above mean something."""
    agent = start_agent(**variant(BLOCK, 0))
    with Flood(lab, family) as flood:
        agent.configure(variant({"policy": "open"}, 1))
        agent.reload()
        until(lambda: flood.arrivals() > 100, "the stream to arrive")
