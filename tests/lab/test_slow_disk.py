# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk that takes half a second per sync holds up those who want something stored, and nobody else."""

import threading
import time

import pytest

from .api import ask, send_alert
from .elements import prefix_of, read_kernel
from .net import FOREIGN
from .strace import Strace
from .until import until

SYNC = 0.5          # what a sync takes
AT_ONCE = SYNC / 3  # what does not wait for the disk, on a busy machine


class Alert(threading.Thread):
    """An alert under way: how long it took, what was answered, when."""

    def __init__(self, agent, address):
        super().__init__()
        self.address = address
        self._socket = agent.home / "alert.sock"
        self._begun = time.monotonic()
        self.start()

    def run(self):
        self.answer = send_alert(self._socket, self.address)
        self.seconds = time.monotonic() - self._begun

    def is_under_way(self):
        return self.is_alive()

    def wait(self):
        self.join(10)
        assert self.answer.status == 200, self.answer
        return self


@pytest.fixture
def agent(lab, start_agent):
    agent = start_agent(port25={"policy": "open"})
    for address in lab.alice.address.values():
        agent.gate25("quarantine", address)
    return agent


@pytest.fixture
def syncs(agent):
    """syncs(): the syncs of the store so far, each of them slow."""
    with Strace(agent.pid, agent.home / "trace", f"inject=fdatasync,fsync:delay_enter={int(SYNC * 1e6)}") as trace:
        yield lambda: trace.calls("fdatasync") + trace.calls("fsync")


def is_syncing(syncs, number=1):
    until(lambda: len(syncs()) == number, f"sync {number} to begin", 2)


def seconds(question):
    begun = time.monotonic()
    answer = question()
    return time.monotonic() - begun, answer


def test_questions_are_answered_meanwhile(lab, agent, syncs, family):
    source, target = lab.alice.address[family], FOREIGN[family]
    alert = Alert(agent, lab.bob.address[family])
    is_syncing(syncs)
    for path in ("/v1/status", f"/v1/explain?src={source}&dst={target}&port=25", "/v1/quarantines"):
        took, answer = seconds(lambda path=path: ask(agent.socket, "GET", path))
        assert answer.status == 200, answer
        assert took < AT_ONCE, f"{path} took {took:.3f} s"
    assert alert.is_under_way(), "the questions came too late to mean anything"
    assert alert.wait().seconds >= SYNC


def test_packets_are_refused_meanwhile(lab, agent, syncs, family):
    alert = Alert(agent, lab.bob.address[family])
    is_syncing(syncs)
    for _ in range(3):
        begun = time.monotonic()
        with pytest.raises(ConnectionRefusedError):
            lab.alice.connect(FOREIGN[family], 25)
        assert time.monotonic() - begun < AT_ONCE
    lab.bob.connect(FOREIGN[family], 25).close()
    assert alert.is_under_way(), "the packets came too late to mean anything"
    alert.wait()


def test_two_alerts_share_a_sync_and_do_not_hold_up_the_one_before(lab, agent, syncs, family):
    """What waited while the first was written is written together; the first is enforced by then."""
    first = Alert(agent, lab.bob.address[family])
    is_syncing(syncs)
    others = [Alert(agent, address) for address in ("100.64.200.1", "2001:db8:1000:c800::1")]
    first.wait()
    held = read_kernel(lab.router)
    assert prefix_of(first.address) in held
    assert all(other.is_under_way() for other in others), "nothing was left to wait for"
    assert not any(prefix_of(other.address) in held for other in others), "enforced, but not stored yet"
    for other in others:
        assert SYNC < other.wait().seconds < 2.5 * SYNC
    assert {prefix_of(other.address) for other in others} <= read_kernel(lab.router).keys()
    assert len(syncs()) == 2, f"two groups, so two syncs:\n{syncs()}"


def test_a_loop_that_waits_would_be_seen(agent):
    """So that the questions above mean something."""
    with Strace(agent.pid, agent.home / "trace", f"inject=accept4:delay_enter={int(SYNC * 1e6)}"):
        took, _ = seconds(lambda: ask(agent.socket, "GET", "/v1/status"))
    assert took >= SYNC
