# SPDX-License-Identifier: GPL-2.0-or-later
"""What should get through when decisions overlap: gate25(1) in the fewest words, and nothing of the agent's code.

Decisions stand at several prefix lengths. Of the quarantines that hold an address the longest prefix counts; it refuses
its ports, or (`notify`) nothing. Then an exemption of any length opens port 25, and otherwise the policy says.
"""

import ipaddress
import time
from collections import namedtuple

PORTS = (25, 587, 80)
REFUSED = {"notify": set(), "port25": {25}, "mail": {25, 587}, "garden": {25, 587, 80}}
# How far the model's clock and the kernel's may be apart, in seconds. What is asked in between waits.
BLUR = 0.03

Decision = namedtuple("Decision", "level earliest latest")      # when it ends; level None: an exemption


class Model:
    def __init__(self, blocked):
        """`blocked`: the prefixes where the policy is block; it is open everywhere else."""
        self._blocked = [ipaddress.ip_network(one) for one in blocked]
        self.quarantines, self.exemptions = {}, {}

    def put(self, prefix, level, seconds, asked, answered):
        """A decision that was asked for and answered at these times, for so long."""
        table = self.exemptions if level is None else self.quarantines
        table[ipaddress.ip_network(prefix)] = Decision(level, asked + seconds, answered + seconds)

    def end(self, prefix, exemption=False):
        (self.exemptions if exemption else self.quarantines).pop(ipaddress.ip_network(prefix), None)

    def forget_what_is_over(self):
        now = time.monotonic()
        for table in (self.quarantines, self.exemptions):
            for prefix in [p for p, d in table.items() if d.latest + BLUR < now]:
                del table[prefix]

    def next_end(self):
        """The earliest time at which something may be ending."""
        return min((d.earliest for t in (self.quarantines, self.exemptions) for d in t.values()), default=float("inf"))

    def is_certain(self, since, until):
        """Did nothing end between these two times?"""
        return not any(d.earliest - BLUR < until and since < d.latest + BLUR
                       for t in (self.quarantines, self.exemptions) for d in t.values())

    def passes(self, address):
        """The ports that get through."""
        host = ipaddress.ip_address(address)
        held = [(p.prefixlen, d.level) for p, d in self.quarantines.items() if host in p]
        refused = REFUSED[max(held)[1]] if held else set()
        if (not held or max(held)[1] == "notify") and any(host in p for p in self._blocked):
            refused = set() if any(host in p for p in self.exemptions) else {25}
        return set(PORTS) - refused
