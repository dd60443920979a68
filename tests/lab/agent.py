# SPDX-License-Identifier: GPL-2.0-or-later
"""gate25d on the lab's router, with a configuration of its own, and the `gate25` command that talks to it.

GATE25_BUILD names the build directory (<repository>/build otherwise); GATE25_RULES the rules (<repository>/rules).
"""

import json
import os
import signal
import subprocess
from pathlib import Path

from .net import RELAY, SUBSCRIBERS
from .until import until

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("GATE25_BUILD", REPOSITORY / "build")).resolve() / "agent"
RULES = Path(os.environ.get("GATE25_RULES", REPOSITORY / "rules")).resolve()

DONE, FAILED, USAGE, NOT_REACHABLE, NOT_FOUND, CONFIGURATION = range(6)


class Agent:
    """`settings` are merged into the lab's configuration: {"port25": {"policy": "redirect"}, "prefix": [{...}]}."""

    def __init__(self, lab, settings=None):
        self._router = lab.router
        number = len(list(lab.home.glob("agent-*")))
        self.home = lab.home / f"agent-{number}"
        self.home.mkdir()
        self.socket = self.home / "control.sock"
        self.log_file = self.home / "log"
        self.config = self.home / "gate25.toml"
        self.configure(settings or {})
        self._process = None

    def configure(self, settings):
        """Writes the file only; start() or gate25("reload") makes it count."""
        self.config.write_text(toml(merged(self._defaults(), settings)))

    def start(self):
        """Comes back when the control socket answers."""
        with self.log_file.open("a") as log:
            self._process = self._router.popen(BUILD / "gate25d", "--config", self.config, env=self._environment(),
                                               stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(self._answers, f"gate25d to answer\n{self.log()}", 60)
        return self

    def stop(self):
        """An orderly end (SIGTERM); whatever it complained of while ending fails the caller."""
        if self.running():
            self._process.terminate()
            code = self._process.wait(20)
            assert code == 0, f"gate25d ended with {code}\n{self.log()}"

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def reload(self):
        return self.gate25("reload")

    def running(self):
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self):
        return self._process.pid

    def log(self):
        return self.log_file.read_text() if self.log_file.exists() else ""

    def gate25(self, *words, code=DONE, **options):
        """The command's JSON answer; any exit status but `code` is an error."""
        done = self.command("--json", *words, **options)
        assert done.returncode == code, f"gate25 {words} -> {done.returncode}\n{done.stdout}{done.stderr}\n{self.log()}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def command(self, *words, **options):
        """The bare command, as a person would type it."""
        return self._router.run(BUILD / "cli" / "gate25", "--socket", self.socket, *words, check=False,
                                env=self._environment(), **options)

    def quarantines(self):
        return self.gate25("list")["quarantines"]

    def _answers(self):
        if not self.running():
            raise RuntimeError(f"gate25d ended with {self._process.returncode}\n{self.log()}")
        return self.socket.exists() and self.command("status").returncode == DONE

    def _defaults(self):
        return {
            "network": {"subscribers": list(SUBSCRIBERS), "relays": list(RELAY.values()), "subscriber_prefix_ipv6": 56},
            "port25": {"policy": "block", "deny": "reset"},
            "quarantine": {"level": "port25", "duration": ["24h", "72h", "manual"]},
            "agent": {"control_socket": str(self.socket), "alert_socket": str(self.home / "alert.sock"),
                      "state": str(self.home / "state")},
        }

    @staticmethod
    def _environment():
        return {**os.environ, "GATE25_RULES": str(RULES)}


def merged(base, more):
    """A table is merged key by key, anything else replaced."""
    result = dict(base)
    for key, value in more.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def toml(settings):
    """Tables of strings, numbers, booleans and lists of them, and arrays of such tables: JSON spells those alike."""
    lines = []
    for name, value in settings.items():
        for head, table in [(f"[{name}]", value)] if isinstance(value, dict) else [(f"[[{name}]]", t) for t in value]:
            lines += [head, *(f"{key} = {json.dumps(v)}" for key, v in table.items()), ""]
    return "\n".join(lines)
