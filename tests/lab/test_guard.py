# SPDX-License-Identifier: GPL-2.0-or-later
"""Under a stream of SYNs nothing reaches port 25, whatever is done to the rules meanwhile."""

from . import nft
from .flood import Flood
from .until import until

ROUNDS = 20


def test_foreign_flushes_let_nothing_out(lab, start_agent, family):
    agent = start_agent()
    with Flood(lab, family) as flood:
        for _ in range(ROUNDS):
            nft.flush_ruleset(lab.router)
    assert flood.sent > 1000
    assert flood.arrived == 0
    assert agent.gate25("status")["kernel"]["guard"] == "holds"


def test_foreign_flushes_let_no_quarantined_subscriber_out(lab, start_agent, family):
    agent = start_agent(port25={"policy": "open"})
    agent.gate25("quarantine", lab.alice.address[family], "--for", "1h")
    with Flood(lab, family) as flood:
        for _ in range(ROUNDS):
            nft.flush_ruleset(lab.router)
    assert flood.sent > 1000
    assert flood.arrived == 0
    assert 3000 < agent.quarantines()[0]["seconds_left"] <= 3600


def test_reloads_let_nothing_out(lab, start_agent, family):
    agent = start_agent()
    with Flood(lab, family) as flood:
        for number in range(ROUNDS):
            agent.configure({"port25": {"deny": "reset" if number % 2 else "drop"}})
            agent.reload()
    assert flood.sent > 1000
    assert flood.arrived == 0


def test_restarts_let_nothing_out(lab, start_agent, family):
    agent = start_agent(port25={"policy": "open"})
    agent.gate25("quarantine", lab.alice.address[family], "--for", "1h")
    with Flood(lab, family) as flood:
        for end in ("stop", "kill", "stop", "kill"):
            getattr(agent, end)()
            agent.start()
    assert flood.sent > 1000
    assert flood.arrived == 0


def test_the_stream_does_arrive_where_nothing_stops_it(lab, start_agent, family):
    """So that the zeros above mean something."""
    start_agent(port25={"policy": "open"})
    with Flood(lab, family) as flood:
        until(lambda: flood.arrivals() > 1000, "the stream to arrive")
