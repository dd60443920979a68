# SPDX-License-Identifier: GPL-2.0-or-later
"""What these kernels can and the agent builds on, or will: flowtables, owned tables, queues. No agent here."""

import subprocess

from lab import nft
from lab.net import FOREIGN
from lab.until import until
from place import answer

QUEUE = """table inet queues {
	chain forward {
		type filter hook forward priority 0; policy accept;
		tcp dport 2525 counter queue%s
	}
}
"""


def check_a_table_with_an_owner_survives_a_flush(place):
    """Owned by a running nft, left alone by another one; it goes with its owner."""
    owner = place.router.popen("nft", "-i", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        owner.stdin.write("add table inet owned { flags owner; }\nadd chain inet owned inside\n")
        owner.stdin.flush()
        until(lambda: ("inet", "owned") in nft.tables(place.router), "the owned table", 10)
        nft.flush_ruleset(place.router)
        assert ("inet", "owned") in nft.tables(place.router)
    finally:
        owner.kill()
        owner.wait()
    until(lambda: ("inet", "owned") not in nft.tables(place.router), "the table to go with its owner", 10)


def check_queue_bypass_passes_where_nobody_listens(place, family):
    nft.load(place.router, QUEUE % " flags bypass to 7")
    assert answer(place.alice, FOREIGN[family], 2525) == "internet 2525"
    assert "packets 0 " not in place.router.run("nft", "list", "table", "inet", "queues").stdout
    nft.flush_ruleset(place.router)


def check_queue_without_bypass_drops_where_nobody_listens(place, family):
    nft.load(place.router, QUEUE % " to 7")
    assert answer(place.alice, FOREIGN[family], 2525, 0.5) == "silence"
    nft.flush_ruleset(place.router)


def check_queue_fans_out(place):
    nft.load(place.router, QUEUE % " flags bypass,fanout to 0-3")
    assert answer(place.alice, FOREIGN[4], 2525) == "internet 2525"
    nft.flush_ruleset(place.router)
