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


def counters(ns):
    """Every named counter of gate25's table."""
    return {c["name"]: Counter(c["packets"], c["bytes"])
            for c in _list(ns, "counter", "counters", "table", *TABLE)}


def packets(ns, name):
    """The packets of one named counter, or of all those whose names start with `name_`."""
    found = {key: c.packets for key, c in counters(ns).items() if key == name or key.startswith(name + "_")}
    assert found, f"no counter {name} among {sorted(counters(ns))}"
    return sum(found.values())


def _list(ns, kind, *what):
    answer = json.loads(ns.run("nft", "-j", "list", *what).stdout)
    return [item[kind] for item in answer["nftables"] if kind in item]
