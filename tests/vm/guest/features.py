# SPDX-License-Identifier: GPL-2.0-or-later
"""What these kernels can and the agent builds on, or will: flowtables, owned tables, queues. No agent here."""

import errno
import os
import time

from lab import nft
from lab.net import FOREIGN
from lab.until import until
from owned_table import OWNER, PERSIST, OwnedTable
from place import answer

QUEUE = """table inet queues {
	chain forward {
		type filter hook forward priority 0; policy accept;
		tcp dport 2525 counter queue%s
	}
}
"""


def has_owned(router):
    return ("inet", "owned") in nft.tables(router)


def check_an_owned_table_survives_a_flush(place):
    table = OwnedTable(place.router, "owned", OWNER)
    nft.flush_ruleset(place.router)
    assert has_owned(place.router)
    table.close()
    until(lambda: not has_owned(place.router), "the table to go with its owner")


def check_a_persistent_table_outlives_its_owner(place):
    """Since Linux 6.9; before, it is refused and not ignored."""
    if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 9):
        try:
            OwnedTable(place.router, "owned", OWNER | PERSIST).close()
        except OSError as error:
            assert error.errno == errno.EOPNOTSUPP, error
            return "refused, as it must be"
        raise AssertionError("an old kernel took a flag it cannot know")
    table = OwnedTable(place.router, "owned", OWNER | PERSIST)
    nft.flush_ruleset(place.router)
    table.close()
    time.sleep(1)
    assert has_owned(place.router)
    nft.flush_ruleset(place.router)
    assert not has_owned(place.router)


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
