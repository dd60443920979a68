# SPDX-License-Identifier: GPL-2.0-or-later
"""What the router's kernel holds."""

import json
from collections import namedtuple

TABLE = ("inet", "gate25")

Counter = namedtuple("Counter", "packets bytes")


def load(ns, text):
    ns.run("nft", "-f", "-", input=text)


def flush_ruleset(ns):
    ns.run("nft", "flush", "ruleset")


def tables(ns):
    return [(t["family"], t["name"]) for t in _list(ns, "table", "tables")]


def counters(ns, table=TABLE):
    """Every named counter of a table, gate25's if no other is named."""
    return {c["name"]: Counter(c["packets"], c["bytes"])
            for c in _list(ns, "counter", "counters", "table", *table)}


def packets(ns, word, family):
    """The packets of the counter `word` for a family: block4, port25_6."""
    found = counters(ns)
    name = next((n for n in (f"{word}{family}", f"{word}_{family}") if n in found), None)
    assert name, f"no counter {word} for IPv{family} among {sorted(found)}"
    return found[name].packets


def _list(ns, kind, *what):
    answer = json.loads(ns.run("nft", "-j", "list", *what).stdout)
    return [item[kind] for item in answer["nftables"] if kind in item]
