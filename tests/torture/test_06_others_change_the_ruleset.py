# SPDX-License-Identifier: GPL-2.0-or-later
"""Others flush, delete and reload on the same router while a stream of SYNs asks for port 25."""

import re
import time

import pytest

from lab import nft
from lab.flood import Flood
from lab.until import until

from .nfnetlink import NfTables

HOUR_MS = 3_600_000
BLUR_MS = 100       # by which clocks may differ, far less than each test takes
LATEST = 0.5        # seconds until everything is back; 99 of 100

# What tears a hole into the table inet gate25, each as `nft` commands. {set} and {element} are the quarantine's.
HOLES = {
    "delete table": "delete table inet gate25",
    "flush table": "flush table inet gate25",
    "delete chain": "flush chain inet gate25 forward\ndelete chain inet gate25 forward",
    "flush chain": "flush chain inet gate25 quarantined_from{family}",
    "delete rule": "delete rule inet gate25 forward handle {handle}",
    "insert rule": "insert rule inet gate25 forward accept",
    "delete element": "delete element inet gate25 {set} {{ {element} }}",
    "flush set": "flush set inet gate25 {set}",
}

# What others do to tables of their own, over and over: none of it is gate25's business.
FIREWALLD = """table inet firewalld
delete table inet firewalld
table inet firewalld {
 chain filter_FORWARD {
  type filter hook forward priority filter + 10; policy accept;
  ct state established,related accept
  tcp dport 25 accept
 }
}
"""
IPTABLES = """*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -p tcp --dport 25 -j ACCEPT
-A DOCKER-USER -j RETURN
COMMIT
"""
EBTABLES = """*filter
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
-A FORWARD -p ARP -j ACCEPT
"""
NEIGHBOURS = {
    "firewalld": (["nft", "-f", "-"], FIREWALLD, ("inet", "firewalld")),
    "iptables": (["iptables-nft-restore"], IPTABLES, ("ip", "filter")),
    "ip6tables": (["ip6tables-nft-restore"], IPTABLES, ("ip6", "filter")),
    "ebtables": (["ebtables-nft-restore"], EBTABLES, ("bridge", "filter")),
}


class Quarantined:
    """Alice in quarantine for an hour, everybody else free: what gets out, gets out because of a hole."""

    def __init__(self, lab, start_agent, family):
        self.router = lab.router
        self.agent = start_agent(port25={"policy": "open"})
        self._asked = time.monotonic()
        prefix = self.agent.gate25("quarantine", lab.alice.address[family], "--for", "1h")["quarantine"]["prefix"]
        self._answered = time.monotonic()
        self.set, self.element = f"quarantine{family}_port25", prefix.partition("/")[0]
        self.rules = self._listed_rules()

    def health(self):
        return self.agent.gate25("status")["kernel"]

    def is_whole(self, tables):
        """The way in, and the element with what is left of its time."""
        most = HOUR_MS - self.age() * 1000 + BLUR_MS
        try:
            left = tables.milliseconds_left(self.set, self.element)
        except OSError:     # no such set, no such table
            return False
        least = HOUR_MS - (time.monotonic() - self._asked) * 1000 - BLUR_MS
        return left is not None and least <= left <= most

    def age(self):
        """Seconds since it was answered."""
        return time.monotonic() - self._answered

    def has_all_rules(self):
        return self._listed_rules() == self.rules

    def _listed_rules(self):
        """Without elements and counts; a table made anew lists its parts in another order."""
        return sorted(self.router.run("nft", "-t", "-s", "list", "table", "inet", "gate25", check=False).stdout.splitlines())


@pytest.fixture
def quarantined(lab, start_agent, family):
    return Quarantined(lab, start_agent, family)


def percentile99(times):
    return sorted(times)[max(0, -(-len(times) * 99 // 100) - 1)]


def test_flushes_under_a_stream_let_nothing_out(lab, quarantined, family, rounds):
    count, times, began = rounds(20, 100), [], time.monotonic()
    with NfTables(lab.router) as tables, Flood(lab, family, seconds=600) as flood:
        while len(times) < count or quarantined.age() < 1:
            nft.flush_ruleset(lab.router)
            flushed = time.monotonic()
            until(lambda: quarantined.is_whole(tables), "the quarantine to be back", 5)
            times.append(time.monotonic() - flushed)
    print(f"{flood.sent / (time.monotonic() - began):.0f} SYN/s, back after {sorted(times)[len(times) // 2] * 1000:.0f} ms (median), "
          f"{percentile99(times) * 1000:.0f} ms (99 of 100), {max(times) * 1000:.0f} ms (the longest)")
    assert flood.sent > 1000 and flood.arrived == 0
    assert percentile99(times) < LATEST
    health = quarantined.health()
    assert health["guard"] == "holds" and health["table"] == "present" and health["problem"] is None
    assert 0 < health["repairs"] <= len(times)
    assert re.fullmatch(r"changed by nft, pid \d+", health["last_repair_why"]), health
    assert "the table inet gate25 was changed by nft, pid" in quarantined.agent.log()


@pytest.mark.parametrize("hole", HOLES)
def test_holes_in_the_table_let_nothing_out(lab, quarantined, family, rounds, hole):
    with NfTables(lab.router) as tables, Flood(lab, family, seconds=300) as flood:
        for _ in range(rounds(3, 50)):
            before = quarantined.health()["repairs"]
            tear(lab.router, hole, quarantined, family)
            until(lambda b=before: quarantined.health()["repairs"] > b, "the change to be noticed", 5)
            until(lambda: quarantined.is_whole(tables) and quarantined.has_all_rules(), "the table to be whole", 5)
    assert flood.sent > 1000 and flood.arrived == 0
    assert "nft, pid" in quarantined.health()["last_repair_why"]


def tear(router, hole, quarantined, family):
    listed = router.run("nft", "--handle", "list", "chain", "inet", "gate25", "forward").stdout
    handle = re.search(r"jump from_subscriber # handle (\d+)", listed).group(1)
    nft.load(router, HOLES[hole].format(family=family, set=quarantined.set, element=quarantined.element, handle=handle))


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_neighbours_reload_their_own_and_nobody_minds(lab, quarantined, family, rounds, neighbour):
    words, text, table = NEIGHBOURS[neighbour]
    listing = ["nft", "list", "table", *table]
    with NfTables(lab.router) as tables, Flood(lab, family, seconds=300) as flood:
        for _ in range(rounds(5, 100)):
            lab.router.run(*words, input=text)
            theirs = lab.router.run(*listing).stdout
            assert quarantined.is_whole(tables)
    assert flood.sent > 1000 and flood.arrived == 0
    health = quarantined.health()
    assert health["repairs"] == 0 and health["last_repair_why"] is None
    assert without_counts(lab.router.run(*listing).stdout) == without_counts(theirs), "gate25 changed somebody's table"


def without_counts(listing):
    return re.sub(r"packets \d+ bytes \d+", "", listing)


def test_a_hole_in_both_tables_would_be_seen(lab, quarantined, family):
    """So that the zeros above mean something: the same stream, the same flush, and nobody who puts it right."""
    quarantined.agent.kill()
    with NfTables(lab.router) as tables, Flood(lab, family) as flood:
        nft.flush_ruleset(lab.router)
        until(lambda: flood.arrivals() > 1000, "the stream to arrive")
        assert not quarantined.is_whole(tables)
