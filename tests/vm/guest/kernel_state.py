# SPDX-License-Identifier: GPL-2.0-or-later
"""What gate25's table holds, asked with nft itself."""

import json


def listed(router, *what):
    return json.loads(router.run("nft", "-j", "list", *what).stdout)["nftables"]


def packets(ns, table, counter):
    (found,) = (item["counter"] for item in listed(ns, "counter", "inet", table, counter) if "counter" in item)
    return found["packets"]


def elements(router, name, kind="set"):
    """{"100.64.1.2": seconds left or None} of one set."""
    (found,) = (item[kind] for item in listed(router, kind, "inet", "gate25", name) if kind in item)
    result = {}
    for element in found.get("elem", []):
        timed = element.get("elem", {}) if isinstance(element, dict) else {}
        result[timed.get("val", element if isinstance(element, str) else None)] = timed.get("expires")
    return result


def seconds_left(router, family, level="port25"):
    """Of the only element, which the caller put there."""
    (left,) = elements(router, f"quarantine{family}_{level}").values()
    return left


def has_table(router, name="gate25"):
    return router.run("nft", "list", "set", "inet", name, "subscribers4", check=False).returncode == 0
