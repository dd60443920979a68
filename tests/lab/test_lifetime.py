# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent comes and goes; the protection stays, until somebody takes it away on purpose."""

import pytest

from . import nft
from .agent import NOT_REACHABLE
from .client import DELIVERED, NO_CONNECTION, send_direct
from .until import until


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_the_end_of_the_agent_leaves_the_protection(lab, start_agent, family, end):
    agent = start_agent()
    getattr(agent, end)()
    assert send_direct(lab.alice, family).code == NO_CONNECTION
    agent.gate25("status", code=NOT_REACHABLE)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_restart_shows_the_same_state(lab, start_agent, family, end):
    agent = start_agent(port25={"policy": "open"})
    agent.gate25("quarantine", lab.alice.address[family], "--for", "1h", "--ticket", "T-1")
    before = agent.quarantines()
    getattr(agent, end)()
    agent.start()
    after = agent.quarantines()
    assert [(q["id"], q["prefix"], q["until"], q["ticket"]) for q in before] == \
           [(q["id"], q["prefix"], q["until"], q["ticket"]) for q in after]
    assert 3500 < after[0]["seconds_left"] <= 3600
    assert send_direct(lab.alice, family).code == NO_CONNECTION


def test_what_ended_meanwhile_is_not_revived(lab, start_agent, family):
    agent = start_agent(port25={"policy": "open"})
    agent.gate25("quarantine", lab.alice.address[family], "--for", "2s")
    agent.kill()
    until(lambda: send_direct(lab.alice, family).code == DELIVERED, "the quarantine to end")
    agent.start()
    assert agent.quarantines() == []
    assert send_direct(lab.alice, family).code == DELIVERED


def test_remove_takes_the_table_away(lab, start_agent, family):
    agent = start_agent()
    nft.load(lab.router, "table inet somebody_elses { }")
    agent.gate25("remove", "--yes")
    assert nft.tables(lab.router) == [("inet", "somebody_elses")]
    assert send_direct(lab.alice, family).code == DELIVERED


def test_remove_asks_first(lab, start_agent, family):
    agent = start_agent()
    assert agent.command("remove", input="no\n").returncode != 0
    assert send_direct(lab.alice, family).code == NO_CONNECTION


def test_a_foreign_flush_is_repaired(lab, start_agent, family):
    agent = start_agent(port25={"policy": "open"})
    agent.gate25("quarantine", lab.alice.address[family])
    nft.flush_ruleset(lab.router)
    until(lambda: send_direct(lab.alice, family).code == NO_CONNECTION, "the table to come back", 5)


def test_a_reload_changes_the_policy_and_keeps_the_quarantines(lab, start_agent, family):
    agent = start_agent()
    agent.gate25("quarantine", lab.alice.address[family])
    agent.configure({"port25": {"policy": "open"}})
    agent.reload()
    assert send_direct(lab.bob, family).code == DELIVERED
    assert send_direct(lab.alice, family).code == NO_CONNECTION


def test_a_broken_configuration_changes_nothing(lab, start_agent, family):
    agent = start_agent()
    agent.configure({"port25": {"policy": "opne"}})
    done = agent.command("reload")
    assert done.returncode != 0 and "opne" in done.stdout + done.stderr
    assert send_direct(lab.alice, family).code == NO_CONNECTION
