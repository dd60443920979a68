# SPDX-License-Identifier: GPL-2.0-or-later
"""A lab's claim: a name nobody else uses, held by a file lock which the kernel drops when its holder dies.

So labs run side by side, and what a killed run has left is told apart from a lab at work without trusting a pid.
"""

import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from .until import until

CLAIMS = Path("/run/gate25-lab")
NETNS = Path("/run/netns")


class Claim:
    """The right to every namespace called <name>-* and to the directory `home`."""

    def __init__(self):
        sweep()
        self._lock = None
        while self._lock is None:       # a sweep may snatch the file before it is locked
            self.name = f"g25-{secrets.token_hex(3)}"
            self._file = CLAIMS / self.name
            self._lock = _take(self._file, os.O_CREAT | os.O_EXCL)
        self.home = _home(self.name)
        self.home.mkdir(mode=0o755)

    def keep(self):
        """Leave everything up; only sweep(kept=True) takes it away then."""
        os.write(self._lock, b"keep\n")
        os.close(self._lock)

    def release(self):
        clear(self.name)
        self._file.unlink(missing_ok=True)
        os.close(self._lock)


def sweep(kept=False):
    """Remove what killed runs have left."""
    CLAIMS.mkdir(exist_ok=True)
    for file in CLAIMS.iterdir():
        lock = _take(file, 0)
        if lock is None:
            continue
        if kept or os.read(lock, 4) != b"keep":
            clear(file.name)
            file.unlink()
        os.close(lock)


def clear(name):
    """End every process in the claim's namespaces and remove them, however far their set-up got."""
    for path in NETNS.glob(f"{name}-*"):
        until(lambda ns=path.name: not _kill_all(ns), f"processes in {path.name} to end", 10)
        subprocess.run(["ip", "netns", "delete", path.name], check=False)
    shutil.rmtree(_home(name), ignore_errors=True)


def _kill_all(namespace):
    pids = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True, check=False).stdout.split()
    for pid in pids:
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            pass
        _reap(int(pid))
    return pids


def _reap(pid):
    """Our own children stay in the list as zombies otherwise."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def _take(file, flags):
    """The locked descriptor, or None when a living run holds it or it has just been swept."""
    try:
        lock = os.open(file, os.O_RDWR | flags, 0o644)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if file.stat().st_ino == os.fstat(lock).st_ino:
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(lock)
    return None


def _home(name):
    return Path(tempfile.gettempdir()) / name
