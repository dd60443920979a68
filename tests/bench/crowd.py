# SPDX-License-Identifier: GPL-2.0-or-later
"""An agent that is given its million decisions, half of each IP version, by `gate25 import`."""

from lab.agent import BUILD

import fill
from programs import cost, cpu_of, memory_of


class Crowded:
    """`some` of them first and then all `many`; .seconds, .cpu and .memory_kib (by the number of decisions) tell how it went."""

    def __init__(self, bench, place, router, level="port25", settings=None):
        self.count, self.agent = bench.many, place.agent(router, settings).start()
        self.memory_kib = {0: memory_of(self.agent.pid, "VmRSS")}
        self.seconds = self.cpu = 0.0
        for first, end in ((0, bench.some), (bench.some, bench.many)):
            self._import(fill.import_file(place.home / "import.csv", first, end, level), router)
            self.memory_kib[end] = memory_of(self.agent.pid, "VmRSS")
        elements = self.agent.gate25("status")["kernel"]["elements"]
        if elements != self.count:
            raise RuntimeError(f"{self.count} imported, {elements} elements in the kernel")

    def _import(self, file, router):
        begun = cpu_of(self.agent.pid)
        one = cost(router.command(BUILD / "cli" / "gate25", "--socket", self.agent.socket, "import", file))
        self.seconds += one.seconds
        self.cpu += cpu_of(self.agent.pid) - begun
