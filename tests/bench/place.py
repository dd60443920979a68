# SPDX-License-Identifier: GPL-2.0-or-later
"""Where benchmarks run: namespaces that nobody else has, a directory, and a disk for what must be durable."""

import secrets
import shutil
import subprocess
from types import SimpleNamespace

from lab.agent import Agent
from lab.claim import Claim
from lab.net import Namespace

from programs import OUT


class Place:
    """`with Place() as place:` everything in it goes at the end, processes too."""

    def __enter__(self):
        self._claim = Claim()
        self.home = self._claim.home
        # Not below `home`, which may be in memory, where a sync costs nothing.
        self.disk = OUT / f"state-{secrets.token_hex(3)}"
        self.disk.mkdir(parents=True)
        self._agents = 0
        return self

    def __exit__(self, *_):
        self._claim.release()
        shutil.rmtree(self.disk, ignore_errors=True)

    def namespace(self, name):
        made = Namespace(f"{self._claim.name}-{name}")
        subprocess.run(["ip", "netns", "add", made.name], check=True)
        made.run("ip", "link", "set", "lo", "up")
        return made

    def agent(self, namespace, settings=None):
        """Not yet started."""
        self._agents += 1
        agent = Agent(SimpleNamespace(router=namespace, home=self.home), settings)
        agent.configure({**(settings or {}), "agent": {"state": str(self.disk / f"agent-{self._agents}")}})
        return agent
