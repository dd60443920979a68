# SPDX-License-Identifier: GPL-2.0-or-later
"""The store's disk is full: nobody is told that an alert was stored, nothing opens, and space alone is the cure."""

import subprocess

import pytest

from lab.api import send_alert
from lab.elements import prefix_of, read_kernel
from lab.until import until

from .alerts import subscriber
from .leaks import no_leak
from .truth import agree, lost, read_dead_store

MOST_ALERTS = 400       # room for that many is never left


@pytest.fixture
def disk(lab):
    place = lab.home / "small-disk"
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", place], check=True)
    yield Disk(place)
    subprocess.run(["umount", "--lazy", place], check=True)


class Disk:
    def __init__(self, place):
        self.place = place
        self._ballast = place / "ballast"

    def fill(self):
        with pytest.raises(OSError, match="No space left"), open(self._ballast, "wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)

    def free(self):
        self._ballast.unlink()


class Reporter:
    """Accuses one subscriber after the other, and keeps what he was told apart: answered and not stored."""

    def __init__(self, agent):
        self._socket = agent.home / "alert.sock"
        self.answered, self.not_stored = {}, []

    def accuse(self):
        address = subscriber(len(self.answered) + len(self.not_stored))
        answer = send_alert(self._socket, address)
        if answer.status == 200:
            self.answered[address] = answer.body["alerts"][0]["quarantine"]
            return True
        error = answer.body["error"]
        assert error["code"] == "storage" and "not stored" in error["message"], error
        self.not_stored.append(address)
        return False

    def accuse_until_refused(self):
        """What log and journal have left over may still take some."""
        refused = 0
        for _ in range(MOST_ALERTS):
            refused = 0 if self.accuse() else refused + 1
            if refused == 10:
                return
        raise AssertionError(f"the disk is full and {len(self.answered)} alerts were stored")

    def check(self, store, held):
        assert lost(self.answered, store, held) == []
        strange = [a for a in self.not_stored if a in store.alerts or prefix_of(a) in store.quarantines or prefix_of(a) in held]
        assert strange == [], "answered \"not stored\", and there they are"


def recover(agent, reporter):
    assert agent.gate25("status")["state"] == "degraded"
    until(lambda: reporter.accuse(), "the store to take alerts again", 5)
    until(lambda: agent.gate25("status")["state"] == "ok", "the health to be good again", 5)


def test_nothing_opens_and_space_is_the_cure(lab, start_agent, disk, family):
    agent = start_agent(port25={"policy": "open"}, agent={"state": str(disk.place)})
    agent.gate25("quarantine", lab.alice.address[family])
    reporter = Reporter(agent)
    with no_leak(lab, family):
        disk.fill()
        reporter.accuse_until_refused()
        said = agent.gate25("status")
        assert said["state"] == "degraded" and any("not stored" in problem for problem in said["problems"]), said["problems"]
        assert said["store"]["failures"] >= 10
        assert reporter.not_stored[0] not in {one["prefix"].partition("/")[0] for one in agent.quarantines()}
        disk.free()
        pid = agent.pid
        recover(agent, reporter)
        assert agent.running() and agent.pid == pid
    reporter.check(agree(agent, lab.router, disk.place), read_kernel(lab.router))


def test_a_start_on_a_full_disk_enforces(lab, start_agent, disk, family):
    """Killed while the disk is full, started while it still is."""
    agent = start_agent(port25={"policy": "open"}, agent={"state": str(disk.place)})
    agent.gate25("quarantine", lab.alice.address[family])
    reporter = Reporter(agent)
    with no_leak(lab, family):
        disk.fill()
        reporter.accuse_until_refused()
        agent.kill()
        reporter.check(read_dead_store(disk.place), read_kernel(lab.router))
        agent.start()
        listed = {prefix_of(one["prefix"].partition("/")[0]) for one in agent.quarantines()}
        wanted = {prefix_of(a) for a in (*reporter.answered, lab.alice.address[family])}
        assert listed == read_kernel(lab.router).keys() == wanted
        reporter.accuse_until_refused()
        disk.free()
        recover(agent, reporter)
    agent.kill()
    agent.start()
    reporter.check(agree(agent, lab.router, disk.place), read_kernel(lab.router))
