# SPDX-License-Identifier: GPL-2.0-or-later
"""Signals at bad moments: a storm of SIGHUP, a SIGTERM in the middle of a bulk import."""

import json
import os
import signal
import subprocess
import time

import pytest

from lab.agent import BUILD, DONE
from lab.api import ask
from lab.net import FOREIGN
from lab.strace import Strace
from lab.until import until

from .alerts import AlertStream, subscriber
from .leaks import no_leak
from .truth import agree, lost, read_kernel

PER_SECOND = 100
PIECE = 2000            # lines that the command sends in one request: one transaction
PIECES = 4
SLOW = "inject=fdatasync:delay_enter=150000"    # so that the import lasts long enough to be met in the middle


def storm(pid, seconds, halfway):
    """SIGHUPs at a steady rate; halfway() is called when half of them are sent."""
    count, begun = seconds * PER_SECOND, time.monotonic()
    for number in range(count):
        if number == count // 2:
            halfway()
        os.kill(pid, signal.SIGHUP)
        time.sleep(max(0, begun + (number + 1) / PER_SECOND - time.monotonic()))


def is_blocked(host, family):
    try:
        host.connect(FOREIGN[family], 25, timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_storm_of_reloads(lab, start_agent, family, rounds):
    """Alerts are answered all the while, a change of the configuration in the midst of it counts, nothing leaks."""
    agent = start_agent(port25={"policy": "open"})
    agent.gate25("quarantine", lab.alice.address[family])
    assert not is_blocked(lab.bob, family)
    with no_leak(lab, family, seconds=120), AlertStream(agent) as stream:
        storm(agent.pid, rounds(2, 5), lambda: agent.configure({"port25": {"policy": "block"}}))
        until(lambda: is_blocked(lab.bob, family), "the changed configuration to count", 5)
        begun = time.monotonic()
        said = ask(agent.socket, "GET", "/v1/status").body
        assert time.monotonic() - begun < 1
        assert said["generation"] > 10 and said["state"] == "ok", said
        with stream.paused():
            assert lost(stream.answered, agree(agent, lab.router), read_kernel(lab.router)) == []
    assert len(stream.answered) > 5
    assert not stream.refused and not stream.unanswered


def import_file(lab):
    file = lab.home / "import.ndjson"
    file.write_text("".join(json.dumps({"prefix": subscriber(n)}) + "\n" for n in range(PIECES * PIECE)))
    return file


def quarantine_count(agent):
    return ask(agent.socket, "GET", "/v1/status").body["quarantines"]["total"]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_the_end_in_the_middle_of_a_bulk_import(lab, start_agent, family, end):
    """Each piece is there as a whole or not at all, and so is what the command was told."""
    agent = start_agent(port25={"policy": "open"})
    agent.gate25("quarantine", lab.alice.address[family])
    with no_leak(lab, family):
        with Strace(agent.pid, agent.home / "trace", SLOW):
            command = lab.router.popen(BUILD / "cli" / "gate25", "--socket", agent.socket, "--json", "import", import_file(lab),
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            until(lambda: quarantine_count(agent) > PIECE + 1, "the second piece to be under way")
            getattr(agent, end)()
            told = json.loads(command.communicate(timeout=20)[0])
        assert command.returncode != DONE and told["error"]["message"], told
        agent.start()
        stored = len(agree(agent, lab.router, seconds=20).quarantines) - 1
    assert stored % PIECE == 0 and PIECE <= told["accepted"] <= stored < PIECES * PIECE, (told, stored)
