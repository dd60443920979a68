# SPDX-License-Identifier: GPL-2.0-or-later
"""The bench programs, and others, run in a namespace: what they answer, how long they took, what they needed."""

import functools
import json
import os
import subprocess
import time
from collections import namedtuple
from pathlib import Path

from lab.agent import BUILD

BENCH = BUILD.parent / "tests" / "bench"
OUT = BUILD.parent / "bench"

Cost = namedtuple("Cost", "seconds cpu peak_kib")


@functools.cache
def first():
    """What a command begins with that shall not wait for others when it could run: else the wall clock shows the ticks of a
    busy machine. Nothing where the kernel does not allow it."""
    words = ("chrt", "-f", "1")
    return words if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0 else ()


def put_first(pid):
    """The same for all threads of a process."""
    if first():
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setscheduler(int(task.name), os.SCHED_FIFO, os.sched_param(1))


def ask(namespace, program, *words, before=(), **options):
    """The JSON answer of one of our own programs. `before`: first(), for short ones that look at the wall clock."""
    done = namespace.run(*before, BENCH / program, *words, check=False, **options)
    if done.returncode:
        raise RuntimeError(f"{program} {' '.join(map(str, words))} -> {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def cost(command, **options):
    """Runs a command that must succeed; Cost of it and its children. Its output is thrown away."""
    begun = time.monotonic()
    # Without fork() the child does not begin with our own size.
    process = subprocess.Popen([str(word) for word in command], stdin=options.pop("stdin", subprocess.DEVNULL),
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, close_fds=False, **options)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} -> {process.returncode}\n{error.decode(errors='replace')[:2000]}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def cpu_of(pid):
    """Seconds, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(pid, field):
    """KiB: VmRSS now, VmHWM the most there was."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise RuntimeError(f"no {field} of process {pid}")
