# SPDX-License-Identifier: GPL-2.0-or-later
"""What nothing may come through: the SYNs to port 25 of a subscriber who may not, one after the other."""

import contextlib

from lab import nft
from lab.flood import Flood
from lab.until import until


@contextlib.contextmanager
def no_leak(lab, family, seconds=60, counter="port25"):
    """Alice, whom the rules refuse already, sends for as long as the block lasts; afterwards nothing of it has arrived."""
    with Flood(lab, family, seconds) as flood:
        until(lambda: nft.packets(lab.router, counter, family) > 1000, "the stream of SYNs to be refused")
        yield flood
    assert flood.arrived == 0, f"{flood.arrived} of {flood.sent} SYNs came through"
