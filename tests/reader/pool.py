# SPDX-License-Identifier: GPL-2.0-or-later
"""reader_driver: a pool of real readers, from Python."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("GATE25_BUILD", REPOSITORY / "build")).resolve()
DRIVER = BUILD / "tests/reader/reader_driver"
READER = BUILD / "agent/reader/gate25-reader"


def environment(**more):
    return {**os.environ, "GATE25_READER": str(READER), **more}


def drive(*words):
    """The answers, and the pool's health."""
    done = subprocess.run([DRIVER, *map(str, words)], capture_output=True, text=True, check=False, env=environment(), timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    *answers, health = map(json.loads, done.stdout.splitlines())
    return answers, health


class Pool:
    """Reads one text at a time with a provider's keys."""

    def __init__(self, directory, home):
        self.directory, self.home = directory, home
        # Reached by the user who reads, as pytest's directory is not.
        self.scratch = Path(tempfile.mkdtemp(prefix="g25-"))
        self.scratch.chmod(0o711)

    def read(self, text, keys=(), signature=None):
        """The reports. No process and no directory is left."""
        words = ["--home", self.home, "--scratch", self.scratch]
        for number, key in enumerate(keys):
            words += ["--key", self._file(f"key-{number}", key)]
        if signature is not None:
            words += ["--signature", self._file("signature", signature)]
        (answer,), health = drive(*words, self._file("text", text))
        assert health["restarts"] == 0 and health["problem"] == ""
        assert "reports" in answer, answer
        assert list(self.scratch.iterdir()) == []
        return answer["reports"]

    def leave(self):
        self.scratch.rmdir()

    def signature(self, text, **more):
        (report,) = self.read(text, **more)
        return report["signature"]

    def _file(self, name, content):
        file = self.directory / name
        file.write_bytes(content)
        return file
