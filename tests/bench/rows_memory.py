# SPDX-License-Identifier: GPL-2.0-or-later
"""What one element costs the kernel."""

import fill

from kernel_memory import MemoryGroup
from place import Place
from programs import BENCH, cost
from report import counted
from rounds import Figure

NOTE = "and its hash table's 8 to 16; gate25 holds each twice while its guard stands"


def run(bench):
    bench.report.section("memory", f"Kernel memory for each of {counted(bench.many)} elements with a timeout")
    with Place() as place:
        for family in (4, 6):
            router = place.namespace(f"nft{family}")
            router.run("nft", "-f", "-", input=fill.PLAIN)
            with MemoryGroup() as group:
                command = router.command(BENCH / "fill_bench", "plain", f"q{family}", family, 0, bench.many, 24)
                cost(group.command(command))
                bench.report.row(f"IPv{family}", Figure([group.kernel_bytes() / bench.many]), "bytes", note=NOTE)
