# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent's limits on kernels that know `queue` in nftables: alice may dial often, bob is blocked."""

import os
import signal

from lab import nft
from lab.net import FOREIGN
from lab.until import until
from place import answer

ALICE = ["100.64.1.0/24", "2001:db8:1000:100::/56"]
SETTINGS = {
    "volume": {"mode": "enforce", "queues": 2},
    "limit": [{"limit": "connections 3/hour"}, {"limit": "attempts 4/hour", "then": "alert"}],
    "prefix": [{"match": ALICE, "policy": "open"}],
}


def told(agent):
    return agent.gate25("status")["volume"]


def counted(agent, address, quantity):
    values = agent.gate25("volume", address)["values"]
    return next(one["hour"]["value"] for one in values if one["quantity"] == quantity)


def check_the_kernel_is_asked(place, agent):
    until(lambda: told(agent)["queues"]["open"], "open queues")
    assert (told(agent)["verdicts"], told(agent)["fail"]) == ("queue", "open"), told(agent)


def check_a_limit_holds_and_the_next_one_is_reset(place, agent, family):
    seen = [answer(place.alice, FOREIGN[family]) for _ in range(5)]
    assert seen == ["internet 25"] * 3 + ["refused"] * 2, seen
    assert nft.packets(place.router, "volume", family) >= 2
    assert nft.packets(place.router, "queued", family) >= 5
    assert counted(agent, place.alice.address[family], "connections") == 3


def check_attempts_are_counted_and_lead_to_an_alert(place, agent, family):
    for _ in range(5):
        assert answer(place.bob, FOREIGN[family]) == "refused"
    until(lambda: any(one["prefix"].startswith(place.bob.address[family].split("::")[0]) for one in agent.quarantines()),
          "a quarantine of bob")


def check_a_frozen_agent_holds_up_nothing_that_is_blocked(place, agent, family):
    os.kill(agent.pid, signal.SIGSTOP)
    try:
        assert answer(place.bob, FOREIGN[family]) == "refused"
        assert answer(place.bob, FOREIGN[family], 587) == "internet 587"
    finally:
        os.kill(agent.pid, signal.SIGCONT)


def check_sums_survive_a_restart_and_nobody_is_asked_meanwhile(place, agent, family):
    agent.stop()
    assert answer(place.alice, FOREIGN[family]) == "internet 25"
    assert answer(place.bob, FOREIGN[family]) == "refused"
    agent.start()
    until(lambda: told(agent)["queues"]["open"], "open queues")
    assert answer(place.alice, FOREIGN[family]) == "refused"


def check_closed_drops_what_nobody_answers(place, agent):
    settings = {**SETTINGS, "volume": {**SETTINGS["volume"], "fail": "closed"}}
    agent.configure(settings)
    agent.reload()
    assert told(agent)["fail"] == "closed"
    agent.kill()
    for family in (4, 6):
        assert answer(place.alice, FOREIGN[family], timeout=0.5) == "silence"
        assert answer(place.bob, FOREIGN[family]) == "refused"
    agent.start()
