# SPDX-License-Identifier: GPL-2.0-or-later
"""A router without a network: one namespace with an agent, for tests that send no mail.

The lab's own classes; see tests/lab. `with Router() as router: router.agent({...}).start()`.
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from lab.agent import Agent
from lab.claim import Claim
from lab.net import Namespace


class Router:
    def __enter__(self):
        self._claim = Claim()
        self.home = self._claim.home
        self.router = Namespace(f"{self._claim.name}-router")
        subprocess.run(["ip", "netns", "add", self.router.name], check=True)
        self.router.run("ip", "link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        self._claim.release()

    def agent(self, settings=None):
        return Agent(self, settings)
