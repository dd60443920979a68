# SPDX-License-Identifier: GPL-2.0-or-later
"""An older gate25d finds the store of a newer one: it does not touch it, and the rules hold until somebody decides."""

import sqlite3

import pytest

from lab.agent import FAILED
from lab.elements import prefix_of, read_kernel

from .leaks import no_leak
from .truth import agree


def set_version(file, number):
    """Returns what stood there."""
    database = sqlite3.connect(file, isolation_level=None)
    before, = database.execute("PRAGMA user_version").fetchone()
    database.execute(f"PRAGMA user_version = {number}")
    database.close()
    return before


def test_a_newer_store_is_refused_and_left_alone(lab, start_agent, family):
    agent = start_agent(port25={"policy": "open"})
    agent.gate25("quarantine", lab.alice.address[family])
    file = agent.home / "state" / "gate25.db"
    with no_leak(lab, family):
        agent.stop()
        known = set_version(file, 99)
        content = file.read_bytes()
        with pytest.raises(RuntimeError, match=rf"ended with {FAILED}\n(?s:.)*written by a newer gate25 \(schema 99"):
            agent.start()
        assert file.read_bytes() == content
        assert read_kernel(lab.router).keys() == {prefix_of(lab.alice.address[family])}
        set_version(file, known)
        agent.start()
    assert agree(agent, lab.router).quarantines.keys() == {prefix_of(lab.alice.address[family])}
