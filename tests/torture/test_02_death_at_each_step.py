# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent dies between two steps of a request: nothing is there by half, and the next start finishes it.

strace kills it at the entry of a system call. What store and kernel hold then shows that it was the step meant.
"""

import re
import time
from collections import namedtuple

import pytest

from lab.api import NO_ANSWER, ask, send_alert
from lab.elements import prefix_of, read_kernel
from lab.strace import Strace

from .truth import agree, read_dead_store

# call: the N-th of that name kills; looks: what that call looks like; stored, held: done in the store, in the kernel
Step = namedtuple("Step", "call number looks stored held")

# In the order in which they happen.
STEPS = {
    "request": Step("recvmsg", 1, r"<socket:", False, False),
    "parse": Step("openat", 1, r"/etc/passwd", False, False), # who has asked
    "decided": Step("futex", 1, r"FUTEX_WAKE", False, False),
    "store-begin": Step("fcntl", 1, r"gate25\.db-shm>, F_SETLK, \{l_type=F_RDLCK", False, False),
    "store-write": Step("pwrite64", 1, r"gate25\.db-wal>", False, False),
    "store-torn": Step("pwrite64", 6, r"gate25\.db-wal>", False, False),
    "store-sync": Step("fdatasync", 1, r"gate25\.db-wal>", True, False),
    "store-commit": Step("newfstatat", 2, r"gate25\.db\"", True, False),
    "kernel-send": Step("sendto", 1, r"nlmsg_type=(0x10 |NFNL_MSG_BATCH_BEGIN)", True, False),
    "kernel-ack": Step("recvfrom", 1, r"<socket:", True, True),
    "reply": Step("sendmsg", 1, r"HTTP/1\.1 200", True, True),
    "answered": Step("recvmsg", 2, r"<socket:", True, True),
}
IN_THE_MIDDLE = ["store-torn", "store-sync", "kernel-send", "kernel-ack"]


def die_at(agent, step, request):
    """What `request` returned, or None when no answer came."""
    path = agent.home / "state" / "gate25.db" if step.call == "newfstatat" else None
    fault = f"inject={step.call}:signal=KILL:when={step.number}"
    answer = None
    with Strace(agent.pid, agent.home / "trace", fault, path) as trace:
        try:
            answer = request()
        except NO_ANSWER:
            pass
        trace.wait()
    agent.kill()        # only to take note of its end
    calls = trace.calls(step.call)
    assert len(calls) == step.number and re.search(step.looks, calls[-1]), f"died elsewhere:\n{calls}"
    return answer


def start_again(lab, agent):
    begun = time.monotonic()
    agent.start()
    return agree(agent, lab.router, seconds=2.0 - (time.monotonic() - begun))


@pytest.mark.parametrize("name", STEPS)
def test_an_alert_is_taken_wholly_or_not_at_all(lab, start_agent, name):
    """One request about a subscriber of each family, so one transaction."""
    step, agent = STEPS[name], start_agent(port25={"policy": "open"})
    accused = list(lab.alice.address.values())
    prefixes = {prefix_of(address) for address in accused}
    answer = die_at(agent, step, lambda: send_alert(agent.home / "alert.sock", *accused))
    assert (answer is not None) == (name == "answered")
    dead = read_dead_store(agent.home / "state")
    assert dead.quarantines.keys() == (prefixes if step.stored else set())
    assert dead.alerts.keys() == (set(accused) if step.stored else set())
    assert read_kernel(lab.router).keys() == (prefixes if step.held else set())
    assert start_again(lab, agent) == dead
    again = send_alert(agent.home / "alert.sock", *accused)     # as a reporter does who was not answered
    assert {one["outcome"] for one in again.body["alerts"]} == {"recorded" if step.stored else "decided"}
    assert agree(agent, lab.router).quarantines.keys() == prefixes


@pytest.mark.parametrize("name", IN_THE_MIDDLE)
def test_a_release_too(lab, start_agent, family, name):
    step, agent = STEPS[name], start_agent(port25={"policy": "open"})
    address = lab.alice.address[family]
    send_alert(agent.home / "alert.sock", address)
    standing = {prefix_of(address)}
    assert die_at(agent, step, lambda: ask(agent.socket, "DELETE", f"/v1/quarantines/{address}")) is None
    dead = read_dead_store(agent.home / "state")
    assert dead.quarantines.keys() == (set() if step.stored else standing)
    assert read_kernel(lab.router).keys() == (set() if step.held else standing)
    start_again(lab, agent)
    assert {prefix_of(one["prefix"].partition("/")[0]) for one in agent.quarantines()} == dead.quarantines.keys()
