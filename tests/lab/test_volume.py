# SPDX-License-Identifier: GPL-2.0-or-later
"""Attempts and connections as the agent counts them, and what its limits do: the whole way, with packets."""

from . import nft
from .net import FOREIGN, RELAY
from .session import answer
from .until import until

DETECT = {"volume": {"mode": "enforce"}, "limit": [{"limit": "attempts 5/hour", "then": "alert"}]}
OPEN = {"port25": {"policy": "open"}, "volume": {"mode": "enforce"}}


def counted(agent, address, quantity, window="hour"):
    told = agent.gate25("volume", address)
    return next(one[window]["value"] for one in told["quantities"] if one["quantity"] == quantity)


def test_whoever_knocks_too_often_is_quarantined(lab, start_agent, family):
    agent = start_agent(**DETECT)
    alice = lab.alice.address[family]
    for _ in range(5):
        assert answer(lab.alice, FOREIGN[family]) == "refused"
    until(lambda: counted(agent, alice, "attempts") == 5, "five attempts to be counted")
    assert agent.quarantines() == []
    assert answer(lab.alice, FOREIGN[family]) == "refused"
    until(agent.quarantines, "the alert")
    held = agent.quarantines()[0]
    assert held["by"] == "gate25"
    assert "6 refused connections to port 25 within an hour" in str(agent.gate25("show", alice))
    assert answer(lab.alice, FOREIGN[family]) == "refused"
    assert answer(lab.alice, RELAY[family]) == "relay 25"
    assert nft.packets(lab.router, "port25_", family) > 0
