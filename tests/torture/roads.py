# SPDX-License-Identifier: GPL-2.0-or-later
"""The roads by which alerts come in, for bytes of any kind; and what an agent and its readers have cost."""

import contextlib
import http.client
import json
import os
import socket
from pathlib import Path

import pytest

from lab.api import Answer, ask
from lab.until import until
from router import Router

TICKS = os.sysconf("SC_CLK_TCK")


@pytest.fixture
def router():
    with Router() as router:
        yield router


def start(router, settings=None):
    """An agent on the router; it ends with it."""
    return router.agent(settings).start()


class Road:
    """One connection to a socket of the agent, kept for many requests."""

    def __init__(self, path):
        self._path, self._http = str(path), None

    def post(self, target, body, kind="application/octet-stream"):
        """The answer; None when the agent hung up instead, as it may on what is no HTTP or too long."""
        try:
            return self._post(target, body, kind)
        except (ConnectionError, http.client.HTTPException):
            self.close()
            return None

    def get(self, target):
        """The bytes of the answer as they are."""
        self._connect()
        self._http.request("GET", target)
        response = self._http.getresponse()
        assert response.status == 200, (target, response.status)
        return response.read()

    def _connect(self):
        if self._http is None:
            self._http = http.client.HTTPConnection("gate25", timeout=60)
            self._http.sock = socket.socket(socket.AF_UNIX)
            self._http.sock.settimeout(60)
            self._http.sock.connect(self._path)

    def _post(self, target, body, kind):
        self._connect()
        self._http.request("POST", target, body, {"Content-Type": kind})
        response = self._http.getresponse()
        answer = Answer(response.status, json.loads(response.read()))
        if response.will_close:
            self.close()
        return answer

    def close(self):
        if self._http is not None:
            self._http.close()
            self._http = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def write_lines(path, pieces):
    """To the EVE socket, as Suricata does."""
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as sock:
        sock.settimeout(60)
        sock.connect(str(path))
        for piece in pieces:
            sock.sendall(piece)


def status(agent):
    answer = ask(agent.socket, "GET", "/v1/status")
    assert answer.status == 200
    return answer.body


def alive(agent, pid):
    """The same process answers, and at once."""
    assert agent.running() and agent.pid == pid, agent.log()
    return status(agent)


def eve_is_read(agent, lines):
    """Waits until so many lines of the EVE socket are done with, whatever became of them."""
    def done():
        eve = status(agent)["eve"]
        return eve["lines"] + eve["too_long"] >= lines and eve["waiting"] == 0
    until(done, f"{lines} lines of the EVE socket to be read", 60)


def children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            found += [int(word) for word in (task / "children").read_text().split()]
    return found


def stat_fields(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu(pid):
    """Seconds of a process, of what it has waited for, and of its children so far."""
    seconds = sum(map(int, stat_fields(pid)[11:15])) / TICKS
    for child in children(pid):
        with contextlib.suppress(OSError):
            seconds += cpu(child)
    return seconds


def memory_kib(pid, field):
    """VmRSS: now. VmHWM: the most since forget_peak()."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise AssertionError(f"process {pid} has no {field}")


def forget_peak(pid):
    Path(f"/proc/{pid}/clear_refs").write_text("5")
