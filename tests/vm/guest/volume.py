# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts for volume on kernels that know `queue`, by hand: what passes, and what not, when nobody answers. No agent here."""

import threading

from lab import nft
from lab.by_hand import element, load_parts
from lab.net import FOREIGN
from lab.nfqueue import REFUSED, Nfqueue
from place import answer

PARTS = ("attempts.nft", "connections_queue.nft", "volume_mark.nft")


def check_every_variant_of_the_queues_loads(place):
    variants = [f"queue_{fail}_{count}" for fail in ("open", "closed") for count in (1, 2, 4, 8)]
    for variant in variants:
        load_parts(place.router, *PARTS, queue_chain=variant)
        listed = place.router.run("nft", "list", "chain", "inet", "gate25", variant).stdout
        last = {"1": " to 25", "2": "25-26", "4": "25-28", "8": "25-32"}[variant[-1]]
        assert last in listed and ("bypass" in listed) == ("open" in variant) and ("fanout" in listed) == (last[0] != " "), listed
        nft.flush_ruleset(place.router)
    return f"{len(variants)} variants"


def check_open_passes_where_nobody_listens_and_the_block_holds(place, family):
    for count in (1, 4):
        begin(place, family, f"queue_open_{count}")
        assert answer(place.alice, FOREIGN[family]) == "internet 25"
        end(place, family)


def check_closed_drops_where_nobody_listens_and_the_block_holds(place, family):
    for count in (1, 4):
        begin(place, family, f"queue_closed_{count}")
        assert answer(place.alice, FOREIGN[family], timeout=0.5) == "silence"
        assert answer(place.alice, FOREIGN[family], 587) == "internet 587"
        end(place, family)


def check_who_listens_lets_through_or_has_it_reset(place, family):
    begin(place, family, "queue_closed_1")
    with Nfqueue(place.router) as queue:
        for mark, wanted in ((None, "internet 25"), (REFUSED, "refused")):
            listener = threading.Thread(target=queue.answer, args=(mark,))
            listener.start()
            assert answer(place.alice, FOREIGN[family]) == wanted
            listener.join()
    assert nft.packets(place.router, "volume", family) == 1
    end(place, family)


def begin(place, family, queue_chain):
    """alice is exempt, bob is blocked."""
    load_parts(place.router, *PARTS, queue_chain=queue_chain)
    element(place.router, "exempt{}", family)


def end(place, family):
    assert nft.packets(place.router, "queued", family) > 0
    assert answer(place.bob, FOREIGN[family]) == "refused"
    assert nft.packets(place.router, "block", family) == 1
    nft.flush_ruleset(place.router)
