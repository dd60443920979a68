# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent is dead, somebody flushes the ruleset, the agent comes back: what was stored holds again, for what is left of it."""

import sqlite3
import time
import uuid

from lab import nft
from lab.elements import prefix_of, read_kernel
from lab.until import until

from .truth import agree

HOUR = 3600


def seconds_left(agent):
    return {prefix_of(one["prefix"].partition("/")[0]): one["seconds_left"] for one in agent.quarantines()}


def quarantine(agent, host, duration):
    """Both families of it; the prefixes."""
    for address in host.address.values():
        agent.gate25("quarantine", address, "--for", duration)
    return {prefix_of(address) for address in host.address.values()}


def test_what_is_left_is_restored_and_what_expired_is_not(lab, start_agent):
    agent = start_agent(port25={"policy": "open"})
    alice = quarantine(agent, lab.alice, "1h")
    quarantine(agent, lab.bob, "2s")
    expired = time.monotonic() + 3
    agent.kill()
    nft.flush_ruleset(lab.router)
    until(lambda: time.monotonic() > expired, "the short ones to expire", 5)
    agent.start()
    left = seconds_left(agent)
    assert left.keys() == alice
    assert all(HOUR - 100 < seconds <= HOUR for seconds in left.values()), left
    agree(agent, lab.router)


def test_the_kernel_counts_on_from_what_was_left(lab, start_agent):
    """Not from the whole duration again, however often it is flushed."""
    agent = start_agent(port25={"policy": "open"})
    alice = quarantine(agent, lab.alice, "5s")
    ends = time.monotonic() + 5
    for _ in range(3):
        agent.kill()
        nft.flush_ruleset(lab.router)
        agent.start()
    assert read_kernel(lab.router).keys() == alice
    agent.kill()
    until(lambda: not read_kernel(lab.router), "the elements to end with no agent alive", ends - time.monotonic() + 0.5)


def reboot(agent, seconds):
    """What a start finds after a reboot: nothing in the kernel, rows of another boot, the clock some time further."""
    database = sqlite3.connect(agent.home / "state" / "gate25.db", isolation_level=None)
    database.execute("UPDATE quarantine SET boot_id = ?, began = began - ?, until_wall = until_wall - ?",
                     (uuid.uuid4().bytes, seconds, seconds))
    database.close()


def test_a_reboot_goes_by_the_time_of_day(lab, start_agent, family):
    """Half an hour later: one has half an hour left, one is over, one has no end. The boot's clock counts from another zero."""
    agent = start_agent(port25={"policy": "open"})
    agent.gate25("quarantine", lab.alice.address[family], "--for", "1h")
    agent.gate25("quarantine", lab.bob.address[family], "--for", "10m")
    agent.gate25("quarantine", lab.alice.address[10 - family], "--for", "manual")
    agent.stop()
    nft.flush_ruleset(lab.router)
    reboot(agent, HOUR // 2)
    agent.start()
    left = seconds_left(agent)
    one, forever = prefix_of(lab.alice.address[family]), prefix_of(lab.alice.address[10 - family])
    assert left.keys() == {one, forever}
    assert HOUR // 2 - 100 < left[one] <= HOUR // 2
    assert left[forever] is None and read_kernel(lab.router)[forever].seconds_left is None
    agree(agent, lab.router)


def test_a_clock_that_went_back_prolongs_nothing(lab, start_agent, family):
    """A router without a battery wakes up in the past: no longer than it was in the beginning."""
    agent = start_agent(port25={"policy": "open"})
    agent.gate25("quarantine", lab.alice.address[family], "--for", "1h")
    agent.stop()
    nft.flush_ruleset(lab.router)
    reboot(agent, -1000 * 24 * HOUR)
    agent.start()
    prefix = prefix_of(lab.alice.address[family])
    assert HOUR - 100 < seconds_left(agent)[prefix] <= HOUR
    assert HOUR - 100 < read_kernel(lab.router)[prefix].seconds_left <= HOUR
