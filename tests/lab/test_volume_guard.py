# SPDX-License-Identifier: GPL-2.0-or-later
"""Volume and notice beside the guard, and on a router that gets the rules without an agent."""

import contextlib
import os
import signal

import pytest

from . import nft
from .by_hand import connects, mark
from .net import FOREIGN, RELAY
from .until import until

GUARD = ("inet", "gate25_guard")
ENFORCED = {"mode": "enforce", "verdicts": "external"}


@contextlib.contextmanager
def guard_alone(router, agent):
    """Somebody takes the main table away, and the agent is too late."""
    os.kill(agent.pid, signal.SIGSTOP)
    try:
        router.run("nft", "delete", "table", "inet", "gate25")
        yield
    finally:
        os.kill(agent.pid, signal.SIGCONT)
    until(lambda: ("inet", "gate25") in nft.tables(router), "the main table to come back")


def test_the_guard_resets_what_is_marked_when_the_main_table_is_gone(lab, start_agent, family):
    agent = start_agent(port25={"policy": "open"}, volume=ENFORCED, limit=[{"limit": "connections 1000/hour"}])
    mark(lab.router, family)
    with guard_alone(lab.router, agent):
        assert connects(lab.alice, FOREIGN[family]) is False
        assert connects(lab.bob, FOREIGN[family]) is True
        assert nft.counters(lab.router, GUARD)[f"volume{family}"].packets == 1
    assert connects(lab.alice, FOREIGN[family]) is False
    assert nft.packets(lab.router, "volume", family) == 1


def test_a_notice_never_meets_the_guard(lab, start_agent, family):
    agent = start_agent(port25={"policy": "block", "deny": "notice"})
    for _ in range(3):
        assert connects(lab.alice, FOREIGN[family]) is True
    assert nft.packets(lab.router, "notice", family) == 3
    assert nft.counters(lab.router, GUARD)[f"block{family}"].packets == 0
    with guard_alone(lab.router, agent):
        assert connects(lab.alice, FOREIGN[family]) is False, "without the main table it is a reset"
    assert connects(lab.alice, FOREIGN[family]) is True


def test_meters_come_with_the_configuration_and_follow_it(lab, start_agent, family):
    settings = {"port25": {"policy": "open"}, "volume": {"mode": "enforce", "verdicts": "meters"}}
    agent = start_agent(**settings, limit=[{"limit": "connections 3/hour"}])
    assert [connects(lab.alice, FOREIGN[family]) for _ in range(5)] == 3 * [True] + 2 * [False]
    agent.configure({**settings, "limit": [{"limit": "connections 5/hour"}]})
    agent.reload()
    assert [connects(lab.alice, FOREIGN[family]) for _ in range(6)] == 5 * [True] + [False], "the new rate, with new tokens"
    agent.configure({**settings, "volume": {"mode": "monitor"}})
    agent.reload()
    assert all(connects(lab.alice, FOREIGN[family]) for _ in range(7))


@pytest.mark.parametrize("verdicts", ["external", "meters"])
def test_the_export_holds_limits_without_an_agent(lab, start_agent, family, verdicts):
    """The lab's kernel cannot queue, so "queue" is left to the unit tests."""
    agent = start_agent(port25={"policy": "open", "deny": "notice"}, volume={"mode": "enforce", "verdicts": verdicts, "fail": "closed"},
                        limit=[{"limit": "connections 3/hour"}], prefix=[{"match": ["100.64.2.0/24", "2001:db8:1000:200::/56"], "policy": "block"}])
    text = agent.command("export").stdout
    offline = agent.command("export", "--config", agent.config).stdout
    agent.stop()
    assert "log group" not in text + offline and "redirect to" not in text + offline
    for exported in (text, offline):
        nft.flush_ruleset(lab.router)
        nft.load(lab.router, exported)
        assert [connects(lab.alice, FOREIGN[family]) for _ in range(4)] == 3 * [True] + [False]
        assert connects(lab.alice, RELAY[family]) is True
        assert connects(lab.bob, FOREIGN[family]) is False


def test_another_rate_of_level_limit_counts_at_once(lab, start_agent, family):
    settings = {"port25": {"policy": "open"}}
    agent = start_agent(**settings, quarantine={"limit": 1})
    agent.gate25("quarantine", lab.alice.address[family], "--level", "limit")
    assert [connects(lab.alice, FOREIGN[family]) for _ in range(2)] == [True, False]
    agent.configure({**settings, "quarantine": {"limit": 5}})
    agent.reload()
    assert [connects(lab.alice, FOREIGN[family]) for _ in range(6)] == 5 * [True] + [False]
