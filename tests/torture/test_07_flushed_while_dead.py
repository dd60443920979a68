# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent is dead, somebody flushes the ruleset, the agent comes back: what was stored holds again, for what is left of it."""

import time

from lab import nft
from lab.until import until


def test_what_is_left_is_restored_and_what_expired_is_not(lab, start_agent, family):
    agent = start_agent(port25={"policy": "open"})
    prefix = agent.gate25("quarantine", lab.alice.address[family], "--for", "1h")["quarantine"]["prefix"]
    agent.gate25("quarantine", lab.bob.address[family], "--for", "2s")
    expired = time.monotonic() + 3
    agent.kill()
    nft.flush_ruleset(lab.router)
    until(lambda: time.monotonic() > expired, "the short one to expire", 5)
    agent.start()
    left = {one["prefix"]: one["seconds_left"] for one in agent.quarantines()}
    assert list(left) == [prefix]
    assert 3500 < left[prefix] <= 3600
