# SPDX-License-Identifier: GPL-2.0-or-later
"""The store's file is damaged or gone: the agent starts all the same, says so, and lets nobody out."""

import os
import random

import pytest

from lab.api import send_alert
from lab.elements import prefix_of

from .alerts import subscriber
from .leaks import no_leak
from .truth import agree

PAGE = 4096
OTHERS = [subscriber(number) for number in range(30)]
LATER = [subscriber(number) for number in range(30, 32)]


def overwritten(file):
    file.write_bytes(random.randbytes(file.stat().st_size))


def a_page_overwritten(file):
    with file.open("r+b") as database:
        database.seek(file.stat().st_size // PAGE // 2 * PAGE)
        database.write(random.randbytes(PAGE))


def halved(file):
    os.truncate(file, file.stat().st_size // 2)


def emptied(file):
    os.truncate(file, 0)


def deleted(file):
    file.unlink()


def deleted_with_its_log(file):
    for one in file.parent.glob("gate25.db*"):
        one.unlink()


ANY = [overwritten, a_page_overwritten, halved, emptied, deleted]


def case(damage):
    return pytest.param(damage, id=damage.__name__)


@pytest.fixture
def agent(lab, start_agent):
    """Alice and others are in quarantine, and their rows are where they stay: in the file, not in its log."""
    agent = start_agent(port25={"policy": "open"})
    send_alert(agent.home / "alert.sock", *lab.alice.address.values(), *OTHERS)
    agent.stop()
    agent.start()
    return agent


def file_of(agent):
    return agent.home / "state" / "gate25.db"


def is_kept(agent):
    """The damaged file stands beside the new one, for somebody to look into."""
    return any(not file.name.endswith(("-wal", "-shm")) for file in file_of(agent).parent.glob("gate25.db.broken-*"))


def prefixes_of(lab, *more):
    return {prefix_of(address) for address in (*lab.alice.address.values(), *OTHERS, *more)}


@pytest.mark.parametrize("damage", [case(one) for one in ANY])
def test_damaged_while_stopped(lab, agent, family, damage):
    with no_leak(lab, family):
        agent.stop()
        damage(file_of(agent))
        agent.start()
        said = agent.gate25("status")
    assert said["state"] == "degraded" and said["problems"]
    assert damage in (emptied, deleted) or is_kept(agent)
    assert agree(agent, lab.router, salvaged=True).quarantines.keys() == prefixes_of(lab)


@pytest.mark.parametrize("damage", [case(overwritten), case(a_page_overwritten)])
def test_damaged_while_running(lab, agent, family, damage):
    with no_leak(lab, family):
        damage(file_of(agent))
        answers = {address: send_alert(agent.home / "alert.sock", address) for address in LATER}
        agent.kill()
        agent.start()
        said = agent.gate25("status")
    assert said["state"] == "degraded" and said["problems"]
    assert is_kept(agent)
    answered = [address for address, answer in answers.items() if answer.status == 200]
    assert prefixes_of(lab, *answered) <= agree(agent, lab.router, salvaged=True).quarantines.keys()


@pytest.mark.parametrize("damage", [case(deleted), case(deleted_with_its_log)])
def test_deleted_while_running(lab, agent, family, damage):
    """It is written anew from what is still open, so nothing at all is lost."""
    with no_leak(lab, family):
        damage(file_of(agent))
        answers = [send_alert(agent.home / "alert.sock", address) for address in LATER]
        assert [answer.status for answer in answers] == [200, 200]
        assert "was deleted" in agent.gate25("status")["store"]["notice"]
        agent.kill()
        agent.start()
    assert agree(agent, lab.router).quarantines.keys() == prefixes_of(lab, *LATER)


def test_emptied_while_running(lab, start_agent, family):
    """SQLite throws the log of an empty file away at the next start: it must not come to that."""
    agent = start_agent(port25={"policy": "open"})
    send_alert(agent.home / "alert.sock", *lab.alice.address.values(), *OTHERS)
    with no_leak(lab, family):
        emptied(file_of(agent))
        assert [send_alert(agent.home / "alert.sock", address).status for address in LATER] == [200, 200]
        assert "was cut short" in agent.gate25("status")["store"]["notice"]
        agent.kill()
        agent.start()
    assert agree(agent, lab.router).quarantines.keys() == prefixes_of(lab, *LATER)


@pytest.mark.parametrize("damage", [case(halved), case(emptied)])
def test_what_stands_nowhere_else_takes_nothing_more(lab, agent, family, damage):
    """Nobody is told that an alert was stored in a file that lacks its better half."""
    with no_leak(lab, family):
        damage(file_of(agent))
        answers = [send_alert(agent.home / "alert.sock", address) for address in LATER]
        said = agent.gate25("status")
    assert [answer.status for answer in answers] != [200, 200]
    for answer in answers:
        assert answer.body["error"]["code"] == "storage" and "was cut short" in answer.body["error"]["message"]
    assert said["state"] == "degraded" and "was cut short" in said["problems"][0]


def test_who_is_blocked_by_policy_stays_so(lab, start_agent, family):
    """Whatever becomes of the decisions: the rules need no store. And the next alert finds one."""
    agent = start_agent()
    with no_leak(lab, family, counter="block"):
        for number, damage in enumerate(ANY):
            agent.stop()
            damage(file_of(agent))
            agent.start()
            assert send_alert(agent.home / "alert.sock", subscriber(number)).status == 200
            agree(agent, lab.router, salvaged=True)
            said = agent.gate25("status")
            assert damage in (emptied, deleted) or said["state"] == "degraded" and "moved aside" in said["problems"][0]
    assert is_kept(agent)
