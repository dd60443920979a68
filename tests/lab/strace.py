# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults in a running program, without a line in it for their sake: strace holds up or kills at the N-th call.

What is injected happens at the entry of the call. A program killed there has not made the call.
"""

import re
import subprocess

from .until import until


class Strace:
    """`with Strace(pid, file, "inject=fdatasync:delay_enter=500000"):` from then on, all its threads.

    `path`: only calls that name this file or a descriptor of it count, and only they are written down.
    """

    def __init__(self, pid, file, expression, path=None):
        self.file = file
        only = ["--trace-path", str(path)] if path else []
        self._words = ["strace", "--follow-forks", "--decode-fds=path", "--quiet=path-resolution", "--output", str(file),
                       *only, "-e", expression, "--attach", str(pid)]

    def __enter__(self):
        self._strace = subprocess.Popen(self._words, stderr=subprocess.PIPE, text=True)
        said = self._strace.stderr.readline()
        if " attached" not in said:
            self._strace.kill()
            raise RuntimeError(f"strace could not attach: {said}{self._strace.communicate()[1]}")
        return self

    def __exit__(self, *_):
        """Lets go of the program, or has seen its end."""
        self._strace.terminate()
        self._strace.communicate()

    def lines(self):
        return self.file.read_text(errors="replace").splitlines()

    def calls(self, name):
        """The lines in which a call of this name begins."""
        return [line for line in self.lines() if re.match(rf"\d+ +{name}\(", line)]

    def wait(self):
        """Until the program has ended and all of that is written down."""
        until(lambda: self._strace.poll() is not None, "strace to see the end of the program")
