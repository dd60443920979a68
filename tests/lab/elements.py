# SPDX-License-Identifier: GPL-2.0-or-later
"""The decisions that the router's kernel holds."""

import ipaddress
import json
import time
from collections import namedtuple

# ends: between which two times of day, as far as a listing in whole seconds tells; None: never
Element = namedtuple("Element", "level seconds_left ends")


def prefix_of(address):
    """The subscriber's prefix, as in the lab's configuration: an IPv4 address, an IPv6 /56."""
    version = ipaddress.ip_address(address).version
    return ipaddress.ip_network((address, 32 if version == 4 else 56), strict=False)


def read_kernel(router, table="gate25"):
    """prefix -> Element, of the quarantines of all levels; {} when the table is not there."""
    asked = time.time()
    done = router.run("nft", "-j", "list", "table", "inet", table, check=False)
    if "No such file or directory" in done.stderr:
        return {}
    answered = time.time()
    assert done.returncode == 0, done.stderr
    sets = [item["set"] for item in json.loads(done.stdout)["nftables"]
            if item.get("set", {}).get("name", "").startswith("quarantine")]
    assert sets, f"no decision sets in table inet {table}"
    held = {}
    for one in sets:
        length = 32 if one["type"] == "ipv4_addr" else 56
        for item in one.get("elem", []):
            element = item["elem"] if isinstance(item, dict) else {"val": item}
            prefix = ipaddress.ip_network((element["val"], length))
            assert prefix not in held, f"{prefix} stands in two sets of table inet {table}"
            left = element.get("expires")
            ends = None if left is None else (asked + left, answered + left + 1)
            held[prefix] = Element(one["name"].partition("_")[2], left, ends)
    return held
